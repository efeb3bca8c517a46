//! Investments: securities, what was done with them, and what is held of them.

/// Units and prices are exact decimals as text: no whole number holds every price. What each statement says stays beside what others
/// say, so that an import can be taken back; of an account's holdings those of one statement stand.
const UP: &str = r"
CREATE TABLE security (
  household_id bigint NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id           bigint NOT NULL,
  id_type      text   NOT NULL,
  code         text   NOT NULL,
  kind         smallint,
  ticker       text,
  name         text,
  PRIMARY KEY (household_id, id)
)
;
CREATE UNIQUE INDEX security_code ON security (household_id, id_type, code)
;
CREATE TABLE trade (
  household_id   bigint   NOT NULL,
  transaction_id bigint   NOT NULL,
  statement_id   bigint   NOT NULL,
  account_id     bigint   NOT NULL,
  security_id    bigint,
  kind           smallint NOT NULL,
  currency       text     NOT NULL,
  units          text,
  unit_price     text,
  commission     text,
  fees           text,
  taxes          text,
  total          text,
  PRIMARY KEY (household_id, transaction_id, statement_id),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE,
  FOREIGN KEY (household_id, security_id) REFERENCES security (household_id, id)
)
;
CREATE INDEX trade_account ON trade (household_id, account_id)
;
CREATE TABLE holding (
  household_id bigint   NOT NULL,
  account_id   bigint   NOT NULL,
  statement_id bigint   NOT NULL,
  place        integer  NOT NULL,
  security_id  bigint   NOT NULL,
  value_minor  bigint   NOT NULL,
  day          integer  NOT NULL,
  held_in      smallint NOT NULL,
  stands       smallint NOT NULL CHECK (stands BETWEEN 0 AND 1),
  currency     text     NOT NULL,
  units        text     NOT NULL,
  unit_price   text     NOT NULL,
  PRIMARY KEY (household_id, account_id, statement_id, place),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE,
  FOREIGN KEY (household_id, security_id) REFERENCES security (household_id, id)
)
;
ALTER TABLE statement ADD COLUMN held text NOT NULL DEFAULT '[]'
";

const DOWN: &str = r"
ALTER TABLE statement DROP COLUMN held
;
DROP TABLE holding
;
DROP TABLE trade
;
DROP TABLE security
";

crate::dialect::step!(UP, DOWN);
