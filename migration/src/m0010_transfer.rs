//! Transfers: a row that went out of one account and the row that it came in as. What a confirmed one counts as stands in the
//! transactions beside their own categories, so that lists and sums need not know of transfers, and nothing is lost when it is undone.

/// A transaction is in one confirmed transfer at most. `transfer_due` names the days whose rows have changed since they were looked at.
const UP: &str = r#"
ALTER TABLE "transaction" ADD COLUMN counted_as integer
;
CREATE TABLE transfer (
  household_id    bigint   NOT NULL,
  id              bigint   NOT NULL,
  out_id          bigint   NOT NULL,
  out_account_id  bigint   NOT NULL,
  in_id           bigint   NOT NULL,
  in_account_id   bigint   NOT NULL,
  state           smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
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
CREATE TABLE transfer_due (
  household_id bigint  PRIMARY KEY REFERENCES household (id) ON DELETE CASCADE,
  first_day    integer NOT NULL,
  last_day     integer NOT NULL
)
"#;

const DOWN: &str = r#"
DROP TABLE transfer_due
;
DROP TABLE transfer
;
ALTER TABLE "transaction" DROP COLUMN counted_as
"#;

crate::dialect::step!(UP, DOWN);
