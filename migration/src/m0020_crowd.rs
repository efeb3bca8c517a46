//! The crowd: votes of households for categories of merchants, and what they come to. `merchant_crowd` and `merchant_popular` belong to nobody: they
//! hold numbers of merchants and categories, and how many households chose them.

const UP: &str = r"
CREATE TABLE merchant_vote (
  household_id bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  merchant_id  bigint   NOT NULL CHECK (merchant_id <> 0),
  comes_in     smallint NOT NULL CHECK (comes_in BETWEEN 0 AND 1),
  category_id  integer,
  counted_id   integer,
  PRIMARY KEY (household_id, merchant_id, comes_in)
)
;
CREATE TABLE merchant_crowd (
  merchant_id bigint   NOT NULL,
  comes_in    smallint NOT NULL,
  category_id integer  NOT NULL,
  households  integer  NOT NULL CHECK (households > 0),
  PRIMARY KEY (merchant_id, comes_in, category_id)
)
;
CREATE TABLE merchant_popular (
  merchant_id bigint   NOT NULL,
  comes_in    smallint NOT NULL,
  category_id integer  NOT NULL,
  households  integer  NOT NULL,
  total       integer  NOT NULL CHECK (total >= households),
  PRIMARY KEY (merchant_id, comes_in)
)
;
ALTER TABLE household ADD COLUMN contributes smallint NOT NULL DEFAULT 0 CHECK (contributes BETWEEN 0 AND 1)
";

const DOWN: &str = r"
ALTER TABLE household DROP COLUMN contributes
;
DROP TABLE merchant_popular
;
DROP TABLE merchant_crowd
;
DROP TABLE merchant_vote
";

crate::dialect::step!(UP, DOWN);
