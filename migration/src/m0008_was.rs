//! Of a transaction that has gone, what it was before: an announcement and a booking are followed by different things.

const UP: &str = r#"
ALTER TABLE "transaction" ADD COLUMN was smallint
"#;

const DOWN: &str = r#"
ALTER TABLE "transaction" DROP COLUMN was
"#;

crate::dialect::step!(UP, DOWN);
