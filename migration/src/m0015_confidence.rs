//! How sure the category of a transaction is.

const UP: &str = r#"
ALTER TABLE "transaction" ADD COLUMN confidence smallint CHECK (confidence BETWEEN 0 AND 100)
"#;

const DOWN: &str = r#"
ALTER TABLE "transaction" DROP COLUMN confidence
"#;

crate::dialect::step!(UP, DOWN);
