//! What a person said of the columns of a table is remembered for the account and the shape of the file.

const UP: &str = r"
CREATE TABLE statement_mapping (
  household_id  bigint NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  account_id    bigint NOT NULL,
  shape         text   NOT NULL,
  mapping       text   NOT NULL,
  given_at_ms   bigint NOT NULL,
  PRIMARY KEY (household_id, account_id, shape),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE
)
";

const DOWN: &str = r"
DROP TABLE statement_mapping
";

crate::dialect::step!(UP, DOWN);
