//! The schema, in numbered steps that run on PostgreSQL and on SQLite.
//!
//! A step is one SQL text. Where the engines differ it says so with a word of `dialect`, so that both are read together.

mod dialect;
mod m0001_frame;
mod m0002_identity;
mod m0003_money;
mod m0004_reconcile;
mod m0005_listing;
mod m0006_undo;
mod m0007_mapping;
mod m0008_was;
mod m0009_investment;
mod m0010_transfer;
mod m0011_exchange;
mod m0012_original;
mod m0013_lapsed;
mod m0014_category;
mod m0015_confidence;
mod m0016_choice;
mod m0017_rule;
mod m0018_merchant;
mod m0019_refund;
mod m0020_crowd;
mod m0021_similar;

use sea_orm_migration::prelude::*;

/// All steps, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_frame::Migration),
            Box::new(m0002_identity::Migration),
            Box::new(m0003_money::Migration),
            Box::new(m0004_reconcile::Migration),
            Box::new(m0005_listing::Migration),
            Box::new(m0006_undo::Migration),
            Box::new(m0007_mapping::Migration),
            Box::new(m0008_was::Migration),
            Box::new(m0009_investment::Migration),
            Box::new(m0010_transfer::Migration),
            Box::new(m0011_exchange::Migration),
            Box::new(m0012_original::Migration),
            Box::new(m0013_lapsed::Migration),
            Box::new(m0014_category::Migration),
            Box::new(m0015_confidence::Migration),
            Box::new(m0016_choice::Migration),
            Box::new(m0017_rule::Migration),
            Box::new(m0018_merchant::Migration),
            Box::new(m0019_refund::Migration),
            Box::new(m0020_crowd::Migration),
            Box::new(m0021_similar::Migration),
        ]
    }
}
