//! Banks that tell their history from the beginning once more: which connections are being told, which rows the listing has named, and
//! which pages of the archive were a part of one. And since when an account drifts.

const UP: &str = r"
ALTER TABLE account ADD COLUMN drift_minor bigint
;
ALTER TABLE account ADD COLUMN drift_since_ms bigint
;
ALTER TABLE connection ADD COLUMN is_listing smallint NOT NULL DEFAULT 0
;
ALTER TABLE archive_page ADD COLUMN is_listing smallint NOT NULL DEFAULT 0
;
CREATE TABLE listed_row (
  household_id   bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  connection_id  bigint   NOT NULL,
  transaction_id bigint   NOT NULL,
  is_guess       smallint NOT NULL,
  PRIMARY KEY (household_id, connection_id, transaction_id),
  FOREIGN KEY (household_id, connection_id) REFERENCES connection (household_id, id) ON DELETE CASCADE
)
";

const DOWN: &str = r"
DROP TABLE listed_row
;
ALTER TABLE archive_page DROP COLUMN is_listing
;
ALTER TABLE connection DROP COLUMN is_listing
;
ALTER TABLE account DROP COLUMN drift_since_ms
;
ALTER TABLE account DROP COLUMN drift_minor
";

crate::dialect::step!(UP, DOWN);
