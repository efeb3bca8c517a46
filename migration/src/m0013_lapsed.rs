//! What a person decided about a transfer outlives a side of it that its bank takes back: it lapses, and stands again when the side comes
//! back or has an heir.

/// SQLite does not change the condition of a column: the table is made anew.
const UP: &str = r"
CREATE TABLE transfer_made_anew (
  household_id    bigint   NOT NULL,
  id              bigint   NOT NULL,
  out_id          bigint   NOT NULL,
  out_account_id  bigint   NOT NULL,
  in_id           bigint   NOT NULL,
  in_account_id   bigint   NOT NULL,
  state           smallint NOT NULL CHECK (state BETWEEN 0 AND 3),
  is_by_person    smallint NOT NULL CHECK (is_by_person BETWEEN 0 AND 1),
  is_expense      smallint NOT NULL CHECK (is_expense BETWEEN 0 AND 1),
  pays_loan       smallint NOT NULL CHECK (pays_loan BETWEEN 0 AND 1),
  confidence      smallint,
  reserve         smallint,
  evidence        bigint   NOT NULL,
  created_at_ms   bigint   NOT NULL,
  decided_at_ms   bigint,
  PRIMARY KEY (household_id, id),
  CHECK (out_account_id <> in_account_id),
  FOREIGN KEY (household_id, out_account_id) REFERENCES account (household_id, id) ON DELETE CASCADE,
  FOREIGN KEY (household_id, in_account_id) REFERENCES account (household_id, id) ON DELETE CASCADE
)
;
INSERT INTO transfer_made_anew SELECT * FROM transfer
;
DROP TABLE transfer
;
ALTER TABLE transfer_made_anew RENAME TO transfer
;
CREATE UNIQUE INDEX transfer_pair ON transfer (household_id, out_id, in_id)
;
CREATE INDEX transfer_in ON transfer (household_id, in_id)
;
CREATE UNIQUE INDEX transfer_confirmed_out ON transfer (household_id, out_id) WHERE state = 1
;
CREATE UNIQUE INDEX transfer_confirmed_in ON transfer (household_id, in_id) WHERE state = 1
;
CREATE INDEX transfer_out_account ON transfer (household_id, out_account_id)
;
CREATE INDEX transfer_in_account ON transfer (household_id, in_account_id)
;
CREATE INDEX transfer_remembered ON transfer (household_id) WHERE is_by_person = 1 AND state <> 1
";

const DOWN: &str = r"
DROP INDEX transfer_remembered
;
DELETE FROM transfer WHERE state = 3
";

crate::dialect::step!(UP, DOWN);
