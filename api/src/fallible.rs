//! A nullable field that may fail without taking its siblings along.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field, registry::Registry,
};

use crate::error::from_service;

/// The outcome of a use case. In the schema it is a nullable `T`; a failure is `null`, and explained in `errors`.
///
/// async-graphql itself would make the whole parent `null` when the resolver of a nullable field fails.
pub(crate) struct Fallible<T>(service::Result<T>);

impl<T> Fallible<T> {
    /// Runs a use case and turns its result into a payload.
    pub(crate) async fn run(outcome: impl Future<Output = service::Result<T>>) -> Self {
        Self(outcome.await)
    }
}

impl<T: OutputType + Sync> OutputType for Fallible<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::type_name().to_string()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry);
        T::type_name().to_string()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let failure = match &self.0 {
            Ok(value) => match OutputType::resolve(value, ctx, field).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            },
            Err(error) => ctx.set_error_path(from_service(error).into_server_error(field.pos)),
        };
        ctx.add_error(failure);
        Ok(Value::Null)
    }
}
