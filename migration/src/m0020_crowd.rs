//! The crowd: what households chose for merchants as texts name them, and what those that contribute come to. A person contributes with one
//! household. `merchant_crowd` and `merchant_popular` belong to nobody: they
//! hold numbers of merchants and categories, and how many households chose them.

const UP: &str = r"
CREATE TABLE merchant_vote (
  household_id bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  merchant_id  bigint   NOT NULL CHECK (merchant_id <> 0),
  comes_in     smallint NOT NULL CHECK (comes_in BETWEEN 0 AND 1),
  category_id  integer,
  choice_id    bigint,
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
INSERT INTO merchant_vote (household_id, merchant_id, comes_in, category_id, choice_id)
SELECT household_id, merchant_id, comes_in, category_id, id FROM merchant_choice WHERE is_phrase = 0
;
ALTER TABLE household ADD COLUMN contributor_id bigint
;
CREATE UNIQUE INDEX household_contributor ON household (contributor_id) WHERE contributor_id IS NOT NULL
";

const DOWN: &str = r"
DROP INDEX household_contributor
;
ALTER TABLE household DROP COLUMN contributor_id
;
DROP TABLE merchant_popular
;
DROP TABLE merchant_crowd
;
DROP TABLE merchant_vote
";

crate::dialect::step!(UP, DOWN);
