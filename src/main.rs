//! `florin`: one binary, composed from the crates beside it. No rules about money here.

mod cli;
mod command;
mod compose;
mod config;
mod listen;
mod sandbox;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

/// An answer is a thousand small values: the system's allocator took a sixth of the time of a page of transactions.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    // One provider for every TLS connection: with several in the graph rustls could not choose.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("florin: a TLS provider was installed twice");
        return ExitCode::FAILURE;
    }
    let config = match config::Config::load(&config::Source::from_process(arguments.config.clone())) {
        Ok(config) => config,
        Err(problems) => {
            eprintln!("{problems}");
            return ExitCode::from(2);
        }
    };
    telemetry::init(&config.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("florin: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(command::run(arguments.command.unwrap_or_default(), config));
    // What a library left behind must not keep the process: everything of ours has ended.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err((error, code)) => {
            eprintln!("florin: {error:#}");
            code
        }
    }
}
