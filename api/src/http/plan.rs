//! What a document asks for, and whether it may: one pass over it before the schema sees it.

use std::{borrow::Cow, collections::HashMap, convert::Infallible};

use async_graphql::{
    Name, Positioned, Request, ServerError, Value as ConstValue,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
        SelectionSet,
    },
};

use super::{
    error::{Code, Refusal, shorten},
    options::DocumentLimits,
};

/// The operation that will run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub kind: OperationType,
    pub name: Option<String>,
}

/// Reads the document, chooses the operation, counts what it costs. The parsed document stays in the
/// request, so it is parsed once. `length` is the length of the whole request in bytes.
pub(super) fn examine(request: &mut Request, length: usize, limits: &DocumentLimits) -> Result<Plan, Refusal> {
    if request.query.len() > limits.bytes {
        return Err(costly(format!("the document is longer than {} bytes", limits.bytes)));
    }
    let wanted = request.operation_name.clone();
    // Reading the document borrows the whole request.
    let variables = std::mem::take(&mut request.variables);
    let plan = request.parsed_query().map_err(unreadable).and_then(|document| {
        weigh(document, length, limits)?;
        let (name, operation) = choose(document, wanted.as_deref())?;
        check_variables(operation, |name| variables.get(name))?;
        check_subscription(operation)?;
        Ok(Plan { kind: operation.node.ty, name: name.map(ToString::to_string) })
    });
    request.variables = variables;
    plan
}

fn costly(message: impl Into<Cow<'static, str>>) -> Refusal {
    Code::QueryTooCostly.refuse(message)
}

fn invalid(message: impl Into<Cow<'static, str>>) -> Refusal {
    Code::ValidationFailed.refuse(message)
}

/// The parser draws the source line with an arrow under it; its last line says what it expected.
fn unreadable(error: ServerError) -> Refusal {
    let reason = error.message.lines().next_back().unwrap_or("").trim_start_matches([' ', '=']);
    Code::ParseFailed.refuse(format!("syntax error: {}", shorten(reason))).at(error.locations)
}

/// What a selection set holds when all its fragments are written out.
#[derive(Clone, Copy, Default)]
struct Weight {
    selections: usize,
    /// Fields at its own level.
    fields: usize,
    /// Places where a variable is used.
    variables: usize,
    /// Levels below and including its own.
    height: usize,
}

struct Scales<'a> {
    document: &'a ExecutableDocument,
    limits: &'a DocumentLimits,
    /// `None` while the fragment is being weighed: to meet it again then is a cycle.
    fragments: HashMap<&'a str, Option<Weight>>,
}

fn weigh(document: &ExecutableDocument, length: usize, limits: &DocumentLimits) -> Result<(), Refusal> {
    if document.fragments.len() > limits.fragments {
        return Err(costly(format!("the document has more than {} fragments", limits.fragments)));
    }
    let mut scales = Scales { document, limits, fragments: HashMap::new() };
    let mut total = Weight::default();
    for (_, operation) in document.operations.iter() {
        let weight = scales.set(&operation.node.selection_set.node, 1)?;
        if operation.node.ty == OperationType::Mutation && weight.fields > limits.mutation_fields {
            return Err(costly(format!("a mutation may have {} fields at its root", limits.mutation_fields))
                .at(vec![operation.pos]));
        }
        total.selections = total.selections.saturating_add(weight.selections);
        total.variables = total.variables.saturating_add(weight.variables);
    }
    if total.selections > limits.selections {
        return Err(costly(format!("the document selects more than {} fields", limits.selections)));
    }
    if total.variables.saturating_mul(length) > limits.variable_bytes {
        return Err(costly("the document uses its variables too often for their size"));
    }
    Ok(())
}

impl<'a> Scales<'a> {
    /// `level` bounds our own recursion too.
    fn set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Weight, Refusal> {
        let mut sum = Weight::default();
        if set.items.is_empty() {
            return Ok(sum);
        }
        self.check_level(level)?;
        for item in &set.items {
            let inner = match &item.node {
                Selection::Field(field) => {
                    let mut inner = self.set(&field.node.selection_set.node, level + 1)?;
                    inner.fields = 1;
                    inner.variables = inner.variables.saturating_add(field_variables(&field.node));
                    inner
                }
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, level + 1)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name, level + 1)?,
            };
            let conditions = item.node.directives().iter().map(|directive| directive_variables(&directive.node)).sum();
            sum.selections = sum.selections.saturating_add(inner.selections).saturating_add(1);
            sum.fields = sum.fields.saturating_add(inner.fields);
            sum.variables = sum.variables.saturating_add(inner.variables).saturating_add(conditions);
            sum.height = sum.height.max(inner.height + 1);
        }
        // A fragment weighed before, from a shallower place, may reach too deep from here.
        self.check_level(level + sum.height - 1)?;
        Ok(sum)
    }

    fn check_level(&self, level: usize) -> Result<(), Refusal> {
        if level > self.limits.depth {
            return Err(costly(format!("the document is nested deeper than {} levels", self.limits.depth)));
        }
        Ok(())
    }

    fn fragment(&mut self, name: &'a Positioned<Name>, level: usize) -> Result<Weight, Refusal> {
        let key = name.node.as_str();
        match self.fragments.get(key) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => {
                return Err(invalid(format!("fragment \"{key}\" contains itself")).at(vec![name.pos]));
            }
            None => {}
        }
        // An unknown fragment weighs nothing; the schema will say so in its own words.
        let Some(fragment) = self.document.fragments.get(key) else { return Ok(Weight::default()) };
        self.fragments.insert(key, None);
        let weight = self.set(&fragment.node.selection_set.node, level)?;
        self.fragments.insert(key, Some(weight));
        Ok(weight)
    }
}

fn field_variables(field: &Field) -> usize {
    field.arguments.iter().map(|(_, value)| count(|each| value.node.clone().into_const_with(each))).sum()
}

fn directive_variables(directive: &Directive) -> usize {
    directive.arguments.iter().map(|(_, value)| count(|each| value.node.clone().into_const_with(each))).sum()
}

/// How often a value names a variable, found by replacing each one.
fn count(
    replace: impl FnOnce(&mut dyn FnMut(Name) -> Result<ConstValue, Infallible>) -> Result<ConstValue, Infallible>,
) -> usize {
    let mut variables = 0;
    let _: Result<_, Infallible> = replace(&mut |_| {
        variables += 1;
        Ok(ConstValue::Null)
    });
    variables
}

type Operation<'a> = (Option<&'a Name>, &'a Positioned<OperationDefinition>);

fn choose<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<Operation<'a>, Refusal> {
    let mut operations = document.operations.iter();
    match name {
        Some(wanted) => operations
            .find(|(name, _)| name.is_some_and(|name| name.as_str() == wanted))
            .ok_or_else(|| invalid(format!("the document has no operation named \"{}\"", shorten(wanted)))),
        None => match (operations.next(), operations.next(), &document.operations) {
            (Some(only), None, _) => Ok(only),
            (_, _, DocumentOperations::Multiple(_)) => {
                Err(invalid("the document has several operations; say which one with operationName"))
            }
            _ => Err(invalid("the document has no operation")),
        },
    }
}

/// The schema looks at a variable only where it is used; one that must have a value must have it anyway.
fn check_variables<'a>(
    operation: &Positioned<OperationDefinition>,
    given: impl Fn(&str) -> Option<&'a ConstValue>,
) -> Result<(), Refusal> {
    for definition in &operation.node.variable_definitions {
        let (name, kind) = (&definition.node.name.node, &definition.node.var_type.node);
        let value = given(name.as_str());
        let missing = value.is_none() && definition.node.default_value.is_none();
        if !kind.nullable && (missing || matches!(value, Some(ConstValue::Null))) {
            return Err(
                invalid(format!("variable \"${name}\" of type \"{kind}\" needs a value")).at(vec![definition.pos])
            );
        }
    }
    Ok(())
}

/// The specification wants one root field. A fragment at the root would be dropped without a word by
/// the executor, so it is refused in words.
fn check_subscription(operation: &Positioned<OperationDefinition>) -> Result<(), Refusal> {
    if operation.node.ty != OperationType::Subscription {
        return Ok(());
    }
    match operation.node.selection_set.node.items.as_slice() {
        [one] if matches!(one.node, Selection::Field(_)) => Ok(()),
        _ => {
            Err(invalid("a subscription has exactly one field at its root, not in a fragment").at(vec![operation.pos]))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(count: usize, each: impl Fn(usize) -> String) -> String {
        (0..count).map(each).collect()
    }

    fn examined(query: &str) -> Result<Plan, &'static str> {
        examine(&mut Request::new(query), query.len(), &DocumentLimits::default()).map_err(|refusal| refusal.code)
    }

    fn named(query: &str, name: &str) -> Result<Plan, &'static str> {
        let mut request = Request::new(query).operation_name(name);
        examine(&mut request, query.len(), &DocumentLimits::default()).map_err(|refusal| refusal.code)
    }

    const COSTLY: Result<Plan, &str> = Err("QUERY_TOO_COSTLY");
    const INVALID: Result<Plan, &str> = Err("GRAPHQL_VALIDATION_FAILED");
    const PARSE: Result<Plan, &str> = Err("GRAPHQL_PARSE_FAILED");

    #[test]
    fn the_operation_is_chosen() {
        let two = "query A { a } mutation B { b }";
        assert_eq!(examined("{ a }").unwrap(), Plan { kind: OperationType::Query, name: None });
        assert_eq!(examined("query A { a }").unwrap().name.as_deref(), Some("A"));
        assert_eq!(named(two, "B").unwrap().kind, OperationType::Mutation);
        assert_eq!(examined(two), INVALID);
        assert_eq!(named(two, "C"), INVALID);
        assert_eq!(named("{ a }", "A"), INVALID);
    }

    #[test]
    fn syntax_errors_are_short_and_placed() {
        for query in
            ["", "{", "{ a(x: ) }", "fragment F on Q { a }", "{ a } { b }", &"{a".repeat(20_000), &"[".repeat(60_000)]
        {
            assert_eq!(examined(query), PARSE, "{query:.20}");
        }
        let mut request = Request::new(format!("{{ a(x: \"{}\" }}", "x".repeat(10_000)));
        let refusal = examine(&mut request, 0, &DocumentLimits::default()).unwrap_err();
        assert!(refusal.message.len() < 400 && refusal.message.starts_with("syntax error: "), "{}", refusal.message);
        assert_eq!(refusal.locations.len(), 1);
    }

    #[test]
    fn length_is_bounded() {
        let padded = |length: usize| format!("{{ a }}{}", " ".repeat(length - 5));
        assert!(examined(&padded(64 << 10)).is_ok());
        assert_eq!(examined(&padded((64 << 10) + 1)), COSTLY);
    }

    #[test]
    fn root_fields_of_mutations_are_bounded() {
        let logins = |count| written(count, |n| format!("a{n}: login "));
        assert!(examined(&format!("mutation {{ {} }}", logins(20))).is_ok());
        assert_eq!(examined(&format!("mutation {{ {} }}", logins(21))), COSTLY);
        assert!(examined(&format!("query {{ {} }}", logins(21))).is_ok());
        // Neither fragments nor a second operation hide them.
        let spread = "mutation { ...F ...F } fragment F on Mutation { ... { ".to_owned();
        assert!(examined(&format!("{spread} {} }} }}", logins(10))).is_ok());
        assert_eq!(examined(&format!("{spread} {} }} }}", logins(11))), COSTLY);
        assert_eq!(named(&format!("mutation A {{ x }} mutation B {{ {} }}", logins(21)), "A"), COSTLY);
    }

    #[test]
    fn nested_fragments_are_counted_written_out() {
        let doubling = |count: usize| {
            let fragments = written(count, |n| format!("fragment F{n} on Q {{ ...F{0} ...F{0} }} ", n + 1));
            format!("{{ ...F0 }} {fragments} fragment F{count} on Q {{ a }}")
        };
        assert!(examined(&doubling(8)).is_ok());
        assert_eq!(examined(&doubling(10)), COSTLY);
        assert_eq!(examined(&doubling(30)), COSTLY);
        assert_eq!(examined(&doubling(60)), COSTLY);
        let fields = "a ".repeat(2_001);
        assert_eq!(examined(&format!("{{ {fields} }}")), COSTLY);
        let many = written(101, |n| format!("fragment F{n} on Q {{ a }} "));
        assert_eq!(examined(&format!("{{ a }} {many}")), COSTLY);
    }

    #[test]
    fn cycles_are_found() {
        assert_eq!(examined("{ ...F } fragment F on Q { a { ...F } }"), INVALID);
        assert_eq!(examined("{ ...F } fragment F on Q { ...G ...G } fragment G on Q { ...F ...F }"), INVALID);
        // Unknown fragments are left to the schema.
        assert!(examined("{ ...Nobody }").is_ok());
    }

    #[test]
    fn depth_is_bounded_through_fragments() {
        let deep = |depth: usize| format!("{}{}", "{a".repeat(depth), "}".repeat(depth));
        assert!(examined(&deep(40)).is_ok());
        assert_eq!(examined(&deep(41)), COSTLY);
        // First met at the top, then again far down.
        let tail = format!("fragment F on Q {}", deep(20));
        let at = |depth: usize| format!("{{ ...F {}...F{} }} {tail}", "a{".repeat(depth), "}".repeat(depth));
        assert!(examined(&at(18)).is_ok());
        assert!(examined(&at(19)).is_ok());
        assert_eq!(examined(&at(20)), COSTLY);
    }

    #[test]
    fn large_variables_are_used_sparingly() {
        let query =
            format!("query($x: Q) {{ {} }}", written(100, |n| format!("a{n}: a(x: [$x, {{y: $x}}]) @skip(if: $x) ")));
        let examine = |length| {
            examine(&mut Request::new(&query), length, &DocumentLimits::default()).map_err(|refusal| refusal.code)
        };
        assert!(examine(100_000).is_ok());
        assert_eq!(examine(1 << 20), COSTLY);
    }

    #[test]
    fn required_variables_have_values() {
        let given = |query: &str, variables: serde_json::Value| {
            let mut request = Request::new(query).variables(async_graphql::Variables::from_json(variables));
            let plan = examine(&mut request, query.len(), &DocumentLimits::default()).map_err(|refusal| refusal.code);
            (plan.is_ok(), request.variables.len())
        };
        let query = "query($id: ID!) { a(id: $id) }";
        assert_eq!(given(query, json!({"id": "1"})), (true, 1));
        assert_eq!(given(query, json!({"id": null})), (false, 1));
        assert_eq!(given(query, json!({})), (false, 0));
        assert_eq!(given("query($id: ID! = 1) { a(id: $id) }", json!({})), (true, 0));
        assert_eq!(given("query($id: ID) { a(id: $id) }", json!({})), (true, 0));
    }

    #[test]
    fn subscriptions_have_one_root_field() {
        assert!(examined("subscription { a }").is_ok());
        for query in [
            "subscription { a b }",
            "subscription { a x: a }",
            "subscription { ... { a } }",
            "subscription { ...F } fragment F on S { a }",
        ] {
            assert_eq!(examined(query), INVALID, "{query}");
        }
    }
}
