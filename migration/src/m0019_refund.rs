//! Refunds: a row that gives money back of another one. What it counts as stands in it, as with transfers.

const UP: &str = r#"
ALTER TABLE "transaction" ADD COLUMN refund_of bigint
;
CREATE INDEX transaction_refund ON "transaction" (household_id, refund_of) WHERE refund_of IS NOT NULL
;
ALTER TABLE household ADD COLUMN has_refunds smallint NOT NULL DEFAULT 0
"#;

const DOWN: &str = r#"
ALTER TABLE household DROP COLUMN has_refunds
;
DROP INDEX transaction_refund
;
ALTER TABLE "transaction" DROP COLUMN refund_of
"#;

crate::dialect::step!(UP, DOWN);
