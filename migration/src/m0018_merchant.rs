//! What households say of merchants.

const UP: &str = r"
CREATE TABLE merchant (
  household_id  bigint NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  merchant_id   bigint NOT NULL,
  name          text,
  known_as      text   NOT NULL,
  merged_into   bigint CHECK (merged_into <> merchant_id),
  changed_at_ms bigint NOT NULL,
  PRIMARY KEY (household_id, merchant_id)
)
;
ALTER TABLE household ADD COLUMN merchants_seq bigint NOT NULL DEFAULT 0
";

const DOWN: &str = r"
ALTER TABLE household DROP COLUMN merchants_seq
;
DROP TABLE merchant
";

crate::dialect::step!(UP, DOWN);
