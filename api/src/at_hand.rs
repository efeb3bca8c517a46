//! Objects of long lists, resolved in one go from what is at hand.
//!
//! The library resolves every field of every object as a future of its own: for a page of fifty transactions that is a thousand
//! allocations for values that have been in memory all along. An object in [`Quick`] is asked for its values first. Where it has not all
//! that a client selected, or the selection has something unusual (a directive, an argument, one name twice), the library resolves it,
//! with the same outcome.

use std::{borrow::Cow, collections::HashMap};

use async_graphql::{
    ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, FragmentDefinition, Selection, SelectionSet},
    registry::Registry,
};

/// An object that has values at hand.
pub(crate) trait AtHand: ObjectType {
    /// The value of a field, with what is selected below it. `None` where it must be worked out first.
    fn value(&self, field: &str, below: Below<'_>) -> Option<Value>;
}

/// What a client selected below a field.
#[derive(Clone, Copy)]
pub(crate) struct Below<'a> {
    set: &'a SelectionSet,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
}

impl Below<'_> {
    /// The selected values of an object, if it has them all at hand.
    pub(crate) fn object<T: AtHand>(self, object: &T) -> Option<Value> {
        let mut values = IndexMap::with_capacity(self.set.items.len());
        self.collect(object, &mut values)?;
        Some(Value::Object(values))
    }

    fn collect<T: AtHand>(self, object: &T, values: &mut IndexMap<Name, Value>) -> Option<()> {
        for item in &self.set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if !field.directives.is_empty() || !field.arguments.is_empty() {
                        return None;
                    }
                    let value = if field.name.node == "__typename" {
                        Value::String(T::type_name().into_owned())
                    } else {
                        object.value(&field.name.node, self.of(&field.selection_set.node))?
                    };
                    // Two selections under one name are merged by the library.
                    if values.insert(field.response_key().node.clone(), value).is_some() {
                        return None;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.fragments.get(&spread.node.fragment_name.node)?.node;
                    if fragment.type_condition.node.on.node != T::type_name().as_ref() {
                        return None;
                    }
                    self.of(&fragment.selection_set.node).collect(object, values)?;
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_some_and(|condition| condition.node.on.node != T::type_name().as_ref()) {
                        return None;
                    }
                    self.of(&fragment.node.selection_set.node).collect(object, values)?;
                }
            }
        }
        Some(())
    }

    fn of<'b>(self, set: &'b SelectionSet) -> Below<'b>
    where
        Self: 'b,
    {
        Below { set, fragments: self.fragments }
    }
}

/// An object of a long list. In the schema it is the object.
#[derive(Clone, Debug)]
pub(crate) struct Quick<T>(pub(crate) T);

impl<T: AtHand + OutputType> OutputType for Quick<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let below = Below { set: &ctx.item.node, fragments: &ctx.query_env.fragments };
        match below.object(&self.0) {
            Some(value) => Ok(value),
            None => OutputType::resolve(&self.0, ctx, field).await,
        }
    }
}
