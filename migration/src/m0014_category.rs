//! Categories of a household's own, and what it changed of those that come with Florin. A household that changed nothing has no row.

const UP: &str = r"
CREATE TABLE category (
  household_id  bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id            integer  NOT NULL CHECK (id BETWEEN 1 AND 9999 OR id >= 1000000),
  parent_id     integer,
  kind          smallint CHECK (kind BETWEEN 0 AND 2),
  name          text,
  icon          text,
  color         text,
  is_archived   smallint NOT NULL CHECK (is_archived BETWEEN 0 AND 1),
  merged_into   integer  CHECK (merged_into <> id),
  created_at_ms bigint   NOT NULL,
  PRIMARY KEY (household_id, id),
  CHECK (id >= 1000000 OR (parent_id IS NULL AND kind IS NULL)),
  CHECK (id < 1000000 OR (name IS NOT NULL AND (parent_id IS NULL) = (kind IS NOT NULL)))
)
";

const DOWN: &str = r"
DROP TABLE category
";

crate::dialect::step!(UP, DOWN);
