//! What configuration is read from, gathered up so that reading it is a function of its arguments.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The variable that names the configuration file, for whom `--config` is out of reach.
pub(super) const CONFIG_VARIABLE: &str = "FLORIN_CONFIG";

/// The configuration file that is read, if it exists, when none is named.
const DEFAULT_FILE: &str = "florin.toml";

/// A file that a setting names is small: a password, a key, a chain of certificates.
const LARGEST_FILE_BYTES: u64 = 1024 * 1024;

/// Everything that [`Config::load`](super::Config::load) looks at.
pub(crate) struct Source {
    /// The environment variables. An empty one counts as not set.
    pub environment: BTreeMap<String, OsString>,
    /// The configuration file, if there is one or one was named.
    pub file: Option<File>,
    /// Reads a file that a setting names: a `*_FILE` secret, a certificate.
    pub open: fn(&Path) -> io::Result<Vec<u8>>,
}

/// The configuration file.
pub(crate) struct File {
    pub path: PathBuf,
    /// Who asked for this file: `--config`, the variable, or nobody.
    pub named_by: Option<&'static str>,
    /// What it says, or why it could not be read.
    pub text: io::Result<String>,
}

impl Source {
    /// Reads the real environment and the real file.
    /// `--config` wins over `FLORIN_CONFIG`, that over `./florin.toml`, which alone may be missing.
    pub(crate) fn from_process(cli_config: Option<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(_, value)| !value.is_empty())
            .collect::<BTreeMap<_, _>>();
        let by_variable = environment.get(CONFIG_VARIABLE).map(PathBuf::from);
        let (path, named_by) = match (cli_config, by_variable) {
            (Some(path), _) => (path, Some("--config")),
            (None, Some(path)) => (path, Some(CONFIG_VARIABLE)),
            (None, None) => (PathBuf::from(DEFAULT_FILE), None),
        };
        let text = open(&path).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
        });
        let absent = matches!(&text, Err(error) if error.kind() == io::ErrorKind::NotFound);
        Self { environment, file: (named_by.is_some() || !absent).then_some(File { path, named_by, text }), open }
    }
}

/// Hides the values: the environment is full of secrets, of other programs too.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("environment", &self.environment.len())
            .field("file", &self.file.as_ref().map(|file| &file.path))
            .finish_non_exhaustive()
    }
}

fn open(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    Ok(bytes)
}
