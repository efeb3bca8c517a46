//! Money: where it is kept (connections, accounts), what happened to it (transactions, balances), the sums, budgets and what people
//! are told; and the answers that are repeated under an idempotency key.

/// The columns of a transaction stand in the order of their alignment: a byte of padding would be paid billions of times.
/// What many households share (categories, sellers, institutions) has permanent ids from a registry and no foreign key.
const UP: &str = r#"
CREATE TABLE household_key (
  household_id bigint NOT NULL PRIMARY KEY REFERENCES household (id) ON DELETE CASCADE,
  sealed       text   NOT NULL
)
;
CREATE TABLE idempotency (
  household_id  bigint NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  key           text   NOT NULL,
  input         text   NOT NULL,
  answer        text   NOT NULL,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (household_id, key)
)
;
CREATE TABLE link (
  household_id   bigint  NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id             bigint  NOT NULL,
  institution_id integer NOT NULL,
  connection_id  bigint,
  secret         text    NOT NULL,
  expires_at_ms  bigint  NOT NULL,
  PRIMARY KEY (household_id, id)
)
;
CREATE TABLE connection (
  household_id    bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id              bigint   NOT NULL,
  institution_id  integer  NOT NULL,
  status          smallint NOT NULL CHECK (status BETWEEN 0 AND 3),
  secret          text     NOT NULL,
  cursor          text,
  failure         text,
  failures        integer  NOT NULL,
  failing_since_ms bigint,
  rejected        bigint   NOT NULL,
  pulled_at_ms    bigint,
  next_pull_at_ms bigint,
  created_at_ms   bigint   NOT NULL,
  PRIMARY KEY (household_id, id)
)
;
CREATE TABLE account (
  household_id    bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id              bigint   NOT NULL,
  connection_id   bigint,
  institution_id  integer,
  source_id       text,
  file_source_id  text,
  kind            smallint NOT NULL,
  currency        text     NOT NULL,
  name            text     NOT NULL,
  source_name     text     NOT NULL,
  tail            text     NOT NULL,
  opening_minor   bigint   NOT NULL,
  posted_minor    bigint   NOT NULL,
  pending_minor   bigint   NOT NULL,
  anchored        smallint NOT NULL,
  covered_day     integer,
  bank_minor      bigint,
  available_minor bigint,
  bank_at_ms      bigint,
  created_at_ms   bigint   NOT NULL,
  PRIMARY KEY (household_id, id),
  FOREIGN KEY (household_id, connection_id) REFERENCES connection (household_id, id)
)
;
CREATE UNIQUE INDEX account_source ON account (household_id, institution_id, source_id) WHERE source_id IS NOT NULL
;
CREATE UNIQUE INDEX account_file_source ON account (household_id, file_source_id) WHERE file_source_id IS NOT NULL
;
CREATE TABLE balance (
  household_id bigint  NOT NULL,
  account_id   bigint  NOT NULL,
  day          integer NOT NULL,
  bank_minor   bigint  NOT NULL,
  PRIMARY KEY (household_id, account_id, day),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE
)
;
CREATE TABLE archive_page (
  household_id  bigint NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id            bigint NOT NULL,
  source_id     bigint NOT NULL,
  segment       text   NOT NULL,
  start         bigint NOT NULL,
  bytes         bigint NOT NULL,
  at_ms         bigint NOT NULL,
  PRIMARY KEY (household_id, id)
)
;
CREATE INDEX archive_page_of ON archive_page (household_id, source_id, id)
;
CREATE TABLE "transaction" (
  household_id    bigint   NOT NULL,
  id              bigint   NOT NULL,
  account_id      bigint   NOT NULL,
  amount_minor    bigint   NOT NULL,
  merchant_id     bigint   NOT NULL,
  fingerprint     bigint   NOT NULL,
  day             integer  NOT NULL,
  category_id     integer  NOT NULL,
  ordinal         smallint NOT NULL,
  state           smallint NOT NULL CHECK (state BETWEEN 0 AND 3),
  category_source smallint NOT NULL,
  origin          smallint NOT NULL,
  descriptor      text     NOT NULL,
  merchant_name   text,
  note            text,
  PRIMARY KEY (household_id, id),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id)
) {{partitioned}}
;
{{partitions of transaction}}
;
CREATE UNIQUE INDEX transaction_identity ON "transaction" (household_id, account_id, fingerprint, ordinal)
;
CREATE INDEX transaction_by_day ON "transaction" (household_id, day, id)
;
CREATE INDEX transaction_open ON "transaction" (household_id, account_id, day) WHERE state IN (1, 3) OR origin <> 0
;
CREATE TABLE transaction_alias (
  household_id   bigint   NOT NULL,
  account_id     bigint   NOT NULL,
  fingerprint    bigint   NOT NULL,
  ordinal        smallint NOT NULL,
  origin         smallint NOT NULL,
  transaction_id bigint   NOT NULL,
  expires_day    integer,
  PRIMARY KEY (household_id, account_id, fingerprint, ordinal),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE
)
;
CREATE INDEX transaction_alias_of ON transaction_alias (household_id, transaction_id)
;
CREATE TABLE monthly_spending (
  household_id  bigint  NOT NULL,
  month         integer NOT NULL,
  account_id    bigint  NOT NULL,
  category_id   integer NOT NULL,
  posted_count  integer NOT NULL,
  pending_count integer NOT NULL,
  posted_minor  bigint  NOT NULL,
  pending_minor bigint  NOT NULL,
  PRIMARY KEY (household_id, month, account_id, category_id),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE
) {{partitioned}}
;
{{partitions of monthly_spending}}
;
CREATE TABLE statement (
  household_id      bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id                bigint   NOT NULL,
  status            smallint NOT NULL CHECK (status BETWEEN 0 AND 3),
  file_name         text     NOT NULL,
  format            text     NOT NULL,
  bytes             bigint   NOT NULL,
  account_id        bigint,
  options           text     NOT NULL,
  accounts          text     NOT NULL,
  refusal           text,
  lines             bigint   NOT NULL,
  lines_done        bigint   NOT NULL,
  new_count         bigint   NOT NULL,
  duplicate_count   bigint   NOT NULL,
  changed_count     bigint   NOT NULL,
  rejected_count    bigint   NOT NULL,
  unsupported_count bigint   NOT NULL,
  is_truncated      smallint NOT NULL,
  rejects           text     NOT NULL,
  created_at_ms     bigint   NOT NULL,
  finished_at_ms    bigint,
  PRIMARY KEY (household_id, id)
)
;
CREATE TABLE budget (
  household_id  bigint  NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  category_id   integer NOT NULL,
  currency      text    NOT NULL,
  from_month    integer NOT NULL,
  amount_minor  bigint,
  PRIMARY KEY (household_id, category_id, currency, from_month)
)
;
CREATE TABLE notification (
  household_id bigint NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id           bigint NOT NULL,
  fact         text   NOT NULL,
  kind         text   NOT NULL,
  body         text   NOT NULL,
  at_ms        bigint NOT NULL,
  PRIMARY KEY (household_id, id)
)
;
CREATE UNIQUE INDEX notification_fact ON notification (household_id, fact)
"#;

const DOWN: &str = r#"
DROP TABLE notification
;
DROP TABLE budget
;
DROP TABLE statement
;
DROP TABLE monthly_spending
;
DROP TABLE transaction_alias
;
DROP TABLE "transaction"
;
DROP TABLE archive_page
;
DROP TABLE balance
;
DROP TABLE account
;
DROP TABLE connection
;
DROP TABLE link
;
DROP TABLE idempotency
;
DROP TABLE household_key
"#;

crate::dialect::step!(UP, DOWN);
