//! Exchange rates: the reference rates of a central bank, which belong to nobody, and what the people of a household have set. Rates are
//! exact decimals as text: a REAL of SQLite would not give them back.

/// A pair stands in the order of its codes; `is_turned` says that the rate is of the second for one of the first, the other way round.
const UP: &str = r"
CREATE TABLE exchange_rate (
  currency text    NOT NULL,
  day      integer NOT NULL,
  per_euro text    NOT NULL,
  PRIMARY KEY (currency, day)
)
;
CREATE INDEX exchange_rate_day ON exchange_rate (day)
;
CREATE TABLE household_rate (
  household_id bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  low          text     NOT NULL,
  high         text     NOT NULL,
  day          integer  NOT NULL,
  is_turned    smallint NOT NULL CHECK (is_turned BETWEEN 0 AND 1),
  rate         text     NOT NULL,
  set_at_ms    bigint   NOT NULL,
  PRIMARY KEY (household_id, low, high, day),
  CHECK (low < high)
)
";

const DOWN: &str = r"
DROP TABLE household_rate
;
DROP TABLE exchange_rate
";

crate::dialect::step!(UP, DOWN);
