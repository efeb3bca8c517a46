//! The name in the text for which a household chose a category: others that are like it are categorized in its light.

const UP: &str = r"
ALTER TABLE merchant_choice ADD COLUMN name_in_text text
";

const DOWN: &str = r"
ALTER TABLE merchant_choice DROP COLUMN name_in_text
";

crate::dialect::step!(UP, DOWN);
