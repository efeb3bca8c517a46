//! What a household chose for merchants, and whether it chose anything at all: most writes then ask nothing more.

const UP: &str = r"
CREATE TABLE merchant_choice (
  household_id  bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id            bigint   NOT NULL,
  merchant_id   bigint   NOT NULL CHECK (merchant_id <> 0),
  comes_in      smallint NOT NULL CHECK (comes_in BETWEEN 0 AND 1),
  is_phrase     smallint NOT NULL CHECK (is_phrase BETWEEN 0 AND 1),
  category_id   integer  NOT NULL,
  merchant_name text     NOT NULL,
  chosen_at_ms  bigint   NOT NULL,
  PRIMARY KEY (household_id, id),
  UNIQUE (household_id, merchant_id, comes_in, is_phrase)
)
;
ALTER TABLE household ADD COLUMN has_choices smallint NOT NULL DEFAULT 0 CHECK (has_choices BETWEEN 0 AND 1)
";

const DOWN: &str = r"
ALTER TABLE household DROP COLUMN has_choices
;
DROP TABLE merchant_choice
";

crate::dialect::step!(UP, DOWN);
