//! What a transaction was in another currency, before its bank converted it.

const UP: &str = r#"
ALTER TABLE "transaction" ADD COLUMN original_minor bigint
;
ALTER TABLE "transaction" ADD COLUMN original_currency text
"#;

const DOWN: &str = r#"
ALTER TABLE "transaction" DROP COLUMN original_currency
;
ALTER TABLE "transaction" DROP COLUMN original_minor
"#;

crate::dialect::step!(UP, DOWN);
