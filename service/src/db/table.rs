//! A table of values inside one statement whose text never changes, so that it is prepared once: `unnest` of arrays on PostgreSQL,
//! `json_each` of one JSON text on SQLite.

use sea_orm::Value;

use super::Engine;

/// A column of values; all of a table have the same length.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    Long(Vec<i64>),
    Int(Vec<i32>),
    Short(Vec<i16>),
    Text(Vec<String>),
}

/// Named columns.
#[derive(Clone, Debug)]
pub(crate) struct Table<const N: usize>([(&'static str, Column); N]);

impl<const N: usize> Table<N> {
    pub(crate) fn new(columns: [(&'static str, Column); N]) -> Self {
        Self(columns)
    }

    /// What stands after FROM, as `v`: the table's parameters begin with number `first`.
    pub(crate) fn source(&self, engine: Engine, first: usize) -> String {
        match engine {
            Engine::Postgres => {
                let arrays: Vec<String> =
                    self.0.iter().zip(first..).map(|((_, column), n)| format!("${n}::{}[]", column.kind())).collect();
                let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
                format!("unnest({}) AS v({})", arrays.join(", "), names.join(", "))
            }
            Engine::Sqlite => {
                // Of one column each value stands for itself.
                let column = |(n, (name, _)): (usize, &(&str, Column))| match N {
                    1 => format!("value AS {name}"),
                    _ => format!("value ->> {n} AS {name}"),
                };
                let columns: Vec<String> = self.0.iter().enumerate().map(column).collect();
                // The driver takes one parameter.
                format!("(SELECT {} FROM json_each(${first})) AS v", columns.join(", "))
            }
        }
    }

    /// How other tables are joined to it: it comes first, and each of its rows is looked up. SQLite knows nothing of its length and
    /// would put it last, to be read anew for each row of a household; there a cross join keeps its place.
    pub(crate) const fn join(engine: Engine) -> &'static str {
        match engine {
            Engine::Postgres => "JOIN",
            Engine::Sqlite => "CROSS JOIN",
        }
    }

    /// The parameters, after those that stand before them.
    pub(crate) fn parameters<const M: usize>(self, engine: Engine, before: [Value; M]) -> Vec<Value> {
        let mut parameters = Vec::from(before);
        match engine {
            Engine::Postgres => parameters.extend(self.0.into_iter().map(|(_, column)| column.array())),
            Engine::Sqlite => parameters.push(self.json().into()),
        }
        parameters
    }

    fn json(&self) -> String {
        let length = self.0.first().map_or(0, |(_, column)| column.len());
        let mut json = String::with_capacity(length * N * 12 + 2);
        json.push('[');
        for row in 0..length {
            if row > 0 {
                json.push(',');
            }
            if N > 1 {
                json.push('[');
            }
            for (place, (_, column)) in self.0.iter().enumerate() {
                if place > 0 {
                    json.push(',');
                }
                column.push_json(row, &mut json);
            }
            if N > 1 {
                json.push(']');
            }
        }
        json.push(']');
        json
    }
}

impl Column {
    /// The type on PostgreSQL.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Long(_) => "bigint",
            Self::Int(_) => "integer",
            Self::Short(_) => "smallint",
            Self::Text(_) => "text",
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Long(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Short(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    fn array(self) -> Value {
        match self {
            Self::Long(values) => values.into(),
            Self::Int(values) => values.into(),
            Self::Short(values) => values.into(),
            Self::Text(values) => values.into(),
        }
    }

    fn push_json(&self, row: usize, json: &mut String) {
        match self {
            Self::Long(values) => json.push_str(&values[row].to_string()),
            Self::Int(values) => json.push_str(&values[row].to_string()),
            Self::Short(values) => json.push_str(&values[row].to_string()),
            Self::Text(values) => json.push_str(&serde_json::Value::from(values[row].as_str()).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_both_engines;
    use sea_orm::ConnectionTrait;

    on_both_engines! {
        async fn values_come_back_exactly(bench: Bench) {
            let db = &bench.db;
            let texts = ["plain", "quote \" ' \\ \u{1F600}", "", "null", "\u{7f}"];
            let table = Table::new([
                ("a", Column::Long(vec![i64::MAX, i64::MIN, 0, -1, 9_007_199_254_740_993])),
                ("b", Column::Int(vec![i32::MAX, i32::MIN, 0, 1, 2])),
                ("c", Column::Short(vec![1, 2, 3, 4, 5])),
                ("d", Column::Text(texts.map(str::to_owned).to_vec())),
            ]);
            let sql = format!("SELECT v.a, v.b, v.d FROM {} WHERE v.c >= $1 ORDER BY v.c", table.source(db.engine(), 2));
            let statement = db.statement_of(&sql, table.parameters(db.engine(), [2_i16.into()]));
            let rows = db.reader().query_all_raw(statement).await.expect("selects");
            let found: Vec<(i64, i32, String)> = rows
                .iter()
                .map(|row| (row.try_get_by_index(0).expect("a"), row.try_get_by_index(1).expect("b"), row.try_get_by_index(2).expect("d")))
                .collect();
            let expected = [(i64::MIN, i32::MIN, texts[1]), (0, 0, ""), (-1, 1, "null"), (9_007_199_254_740_993, 2, "\u{7f}")];
            assert_eq!(found, expected.map(|(a, b, d)| (a, b, d.to_owned())));
            let one = Table::new([("d", Column::Text(texts.map(str::to_owned).to_vec()))]);
            let sql = format!("SELECT v.d FROM {}", one.source(db.engine(), 1));
            let rows = db.reader().query_all_raw(db.statement_of(&sql, one.parameters(db.engine(), []))).await.expect("selects");
            let found: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("d")).collect();
            assert_eq!(found, texts);
        }
    }
}
