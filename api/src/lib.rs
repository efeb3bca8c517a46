//! GraphQL over HTTP and WebSocket: schema, scalars, sign-in, limits. `schema.graphql` is printed from here.
//!
//! A resolver reads who is asking, turns input into a command, calls one use case, and turns the result into a payload.
//! Every `if` about money or people is in `domain` and `service`.

mod at_hand;
mod cookie;
mod error;
mod fallible;
pub mod http;
mod noun;
mod scalar;
mod sign_in;

use std::net::SocketAddr;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema, SchemaBuilder};
use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use service::{Db, outside::Outside};

pub use cookie::Cookies;

/// All queries.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    noun::person::PersonQuery,
    noun::connection::ConnectionQuery,
    noun::account::AccountQuery,
    noun::transaction::TransactionQuery,
    noun::duplicate::DuplicateQuery,
    noun::transfer::TransferQuery,
    noun::category::CategoryQuery,
    noun::merchant::MerchantQuery,
    noun::crowd::CrowdQuery,
    noun::review::ReviewQuery,
    noun::rule::RuleQuery,
    noun::tag::TagQuery,
    noun::spending::SpendingQuery,
    noun::budget::BudgetQuery,
    noun::exchange::ExchangeQuery,
    noun::worth::WorthQuery,
    noun::alert::AlertQuery,
    noun::statement::StatementQuery,
    noun::node::NodeQuery,
);

/// All mutations.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    noun::session::SessionMutation,
    noun::person::PersonMutation,
    noun::household::HouseholdMutation,
    noun::connection::ConnectionMutation,
    noun::account::AccountMutation,
    noun::transaction::TransactionMutation,
    noun::duplicate::DuplicateMutation,
    noun::transfer::TransferMutation,
    noun::refund::RefundMutation,
    noun::crowd::CrowdMutation,
    noun::category::CategoryMutation,
    noun::merchant::MerchantMutation,
    noun::review::ReviewMutation,
    noun::rule::RuleMutation,
    noun::tag::TagMutation,
    noun::budget::BudgetMutation,
    noun::exchange::ExchangeMutation,
    noun::statement::StatementMutation,
);

/// All subscriptions.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(
    noun::household::HouseholdSubscription,
    noun::connection::ConnectionSubscription,
    noun::transaction::TransactionSubscription,
    noun::alert::AlertSubscription,
);

/// The schema.
type Contract = Schema<Query, Mutation, Subscription>;

/// How deep a document may nest: the introspection of the usual tools has 15 levels.
const DEPTH: usize = 15;
/// What a document may cost: fields, those of lists multiplied by the length that is asked for.
const COMPLEXITY: usize = 10_000;
/// How deep the parser descends before it gives up.
const RECURSION: usize = 40;
/// Directives of one field.
const DIRECTIVES: usize = 4;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_depth(DEPTH)
        .limit_complexity(COMPLEXITY)
        .limit_recursive_depth(RECURSION)
        .limit_directives(DIRECTIVES)
}

/// The schema over a database.
fn contract(db: Db, outside: Outside, cookies: Cookies) -> Contract {
    builder().data(db).data(outside).data(cookies).finish()
}

/// Everything that is served, ready for a listener.
#[must_use]
pub fn service(
    db: Db,
    outside: Outside,
    cookies: Cookies,
    options: http::Options,
    hooks: http::Hooks,
) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    let router = http::router(
        contract(db.clone(), outside, cookies),
        sign_in::SignIn::new(db),
        options,
        hooks,
        http::callback::routes(service::connection::CALLBACK),
    );
    router.into_make_service_with_connect_info()
}

/// The contract as text: what stands in `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .prefer_single_line_descriptions();
    builder().finish().sdl_with_options(options)
}

#[cfg(test)]
mod tests {
    /// Everything that clients see is described: the line before every type, field, argument and value holds a description.
    #[test]
    fn every_type_and_field_is_described() {
        let sdl = super::sdl();
        let mut in_block = false;
        let outside_blocks = sdl.lines().map(str::trim).filter(|line| {
            let fence = *line == "\"\"\"";
            in_block ^= fence;
            !line.is_empty() && (fence || !in_block)
        });
        let lines: Vec<&str> = outside_blocks.collect();
        let roots = ["query:", "mutation:", "subscription:"];
        let bare = lines.windows(2).map(|pair| (pair[0], pair[1])).filter(|(before, line)| {
            let structure =
                line.starts_with(['"', '}', ')', '@']) || line.starts_with("schema") || line.starts_with("directive");
            !structure && !before.starts_with('"') && !roots.iter().any(|root| line.starts_with(root))
        });
        assert_eq!(bare.collect::<Vec<_>>(), [], "without a description");
        assert!(lines.len() > 50, "there is a schema");
    }
}
