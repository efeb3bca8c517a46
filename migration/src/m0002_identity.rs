//! People, their households, their sessions; attempts to sign in; and to which master key a database belongs.

const UP: &str = r#"
CREATE TABLE "user" (
  id            {{id}},
  mail_address  text   NOT NULL UNIQUE,
  password_hash text   NOT NULL,
  name          text   NOT NULL,
  locale        text   NOT NULL,
  time_zone     text   NOT NULL,
  household_id  bigint NOT NULL,
  created_at_ms bigint NOT NULL
)
;
CREATE TABLE membership (
  household_id  bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  user_id       bigint   NOT NULL,
  role          smallint NOT NULL CHECK (role BETWEEN 0 AND 2),
  created_at_ms bigint   NOT NULL,
  PRIMARY KEY (household_id, user_id)
)
;
CREATE INDEX membership_by_user ON membership (user_id)
;
CREATE TABLE session (
  id            {{id}},
  user_id       bigint  NOT NULL,
  household_id  bigint  NOT NULL,
  salt          bigint  NOT NULL,
  generation    integer NOT NULL,
  rotated_at_ms bigint  NOT NULL,
  expires_at_ms bigint  NOT NULL,
  ended_at_ms   bigint,
  created_at_ms bigint  NOT NULL
)
;
CREATE INDEX session_by_user ON session (user_id)
;
CREATE INDEX session_by_expiry ON session (expires_at_ms)
;
CREATE TABLE throttle (
  key        text   NOT NULL PRIMARY KEY,
  free_at_ms bigint NOT NULL
)
;
CREATE INDEX throttle_by_time ON throttle (free_at_ms)
;
CREATE TABLE installation (
  id        {{id}},
  key_check text NOT NULL
)
"#;

const DOWN: &str = r#"
DROP TABLE installation
;
DROP TABLE throttle
;
DROP TABLE session
;
DROP TABLE membership
;
DROP TABLE "user"
"#;

crate::dialect::step!(UP, DOWN);
