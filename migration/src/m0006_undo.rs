//! What has become of the lines of statement files, so that an import can be taken back.

const UP: &str = r"
CREATE TABLE statement_booking (
  household_id bigint  NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  account_id   bigint  NOT NULL,
  statement_id bigint  NOT NULL,
  first_line   bigint  NOT NULL,
  first_day    integer NOT NULL,
  last_day     integer NOT NULL,
  lines        text    NOT NULL,
  PRIMARY KEY (household_id, account_id, statement_id, first_line),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE,
  FOREIGN KEY (household_id, statement_id) REFERENCES statement (household_id, id) ON DELETE CASCADE
)
;
ALTER TABLE statement ADD COLUMN closing text NOT NULL DEFAULT '[]'
;
ALTER TABLE statement ADD COLUMN undo_state smallint NOT NULL DEFAULT 0
;
ALTER TABLE statement ADD COLUMN undo text
";

const DOWN: &str = r"
ALTER TABLE statement DROP COLUMN undo
;
ALTER TABLE statement DROP COLUMN undo_state
;
ALTER TABLE statement DROP COLUMN closing
;
DROP TABLE statement_booking
";

crate::dialect::step!(UP, DOWN);
