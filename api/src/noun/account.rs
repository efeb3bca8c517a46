//! Accounts: where money is kept.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Value};
use domain::{
    account::AccountKind as Kind,
    id::{AccountId, Owned},
};
use service::{
    account::{self, CreateAccount, UpdateAccount},
    outside::Institution as Bank,
};

use super::{
    connection::{Connection, Institution},
    db,
    drift::Drift,
    investment::Holding,
    money::Money,
    outside, owned, scope,
    shelf::Shelf,
};
use crate::{
    at_hand::{AtHand, Below},
    fallible::Fallible,
    scalar::{Date, Decimal, Timestamp},
};

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub(crate) enum AccountKind {
    /// For payments.
    Checking,
    /// For savings.
    Savings,
    /// A credit card: its balance is what is owed, negative.
    CreditCard,
    /// A loan: its balance is what is owed, negative.
    Loan,
    /// Investments.
    Investment,
    /// Cash in a purse.
    Cash,
    /// Anything else of value.
    Other,
}

/// An account: where money is kept.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) account: Arc<account::Account>,
    pub(crate) shelf: Shelf,
}

impl Account {
    pub(crate) fn new(account: impl Into<Arc<account::Account>>, shelf: &Shelf) -> Self {
        Self { account: account.into(), shelf: shelf.clone() }
    }
}

/// An account: where money is kept.
#[Object]
impl Account {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        self.account.id.text(self.shelf.scope().household()).into()
    }

    /// What the person calls it.
    async fn name(&self) -> &str {
        &self.account.name
    }

    /// What it is.
    async fn kind(&self) -> AccountKind {
        self.account.kind.into()
    }

    /// ISO 4217.
    async fn currency(&self) -> &str {
        self.account.currency.code()
    }

    /// The last digits of its number, where they are known.
    async fn number_tail(&self) -> Option<&str> {
        Some(self.account.tail.as_str()).filter(|tail| !tail.is_empty())
    }

    /// What its bank says is booked; where no bank does: the opening balance and all posted transactions.
    async fn balance(&self) -> Money {
        self.account.balance.into()
    }

    /// What the bank says can be spent.
    async fn available(&self) -> Option<Money> {
        self.account.available.map(Money::from)
    }

    /// Sum of the pending transactions.
    async fn pending(&self) -> Money {
        self.account.pending.into()
    }

    /// The bank's balance less what the transactions add up to. Zero, unless something is missing or counted twice; null where no bank says anything.
    async fn drift(&self) -> Option<Drift> {
        self.account.drift.map(|_| Drift { account: self.account.clone(), shelf: self.shelf.clone() })
    }

    /// When the bank said so.
    async fn balance_at(&self) -> Option<Timestamp> {
        self.account.bank_at_ms.map(Timestamp::from_ms)
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        Timestamp::from_ms(self.account.created_at_ms)
    }

    /// The bank that it is at.
    async fn institution(&self, ctx: &Context<'_>) -> Option<Institution> {
        let bank: &Bank = outside(ctx).institution(self.account.institution?).ok()?;
        Some(Institution::from(bank))
    }

    /// What it holds of securities, by the latest statement that says it, in the order of that.
    #[graphql(complexity = "10 * child_complexity")]
    async fn holdings(&self) -> Fallible<Vec<Holding>> {
        Fallible::run(async {
            Ok(self.shelf.holdings(self.account.id).await?.into_iter().map(Holding::from).collect())
        })
        .await
    }

    /// Through which it is pulled; null for an account of the person's own.
    async fn connection(&self) -> Fallible<Option<Connection>> {
        Fallible::run(async {
            let Some(id) = self.account.connection else { return Ok(None) };
            let found = self.shelf.connections().await?.iter().find(|connection| connection.id == id).cloned();
            Ok(found.map(|connection| Connection { connection, shelf: self.shelf.clone() }))
        })
        .await
    }
}

impl AtHand for Account {
    fn value(&self, field: &str, below: Below<'_>) -> Option<Value> {
        let text = |text: &str| Some(Value::String(text.to_owned()));
        match field {
            "id" => Some(Value::String(self.account.id.text(self.shelf.scope().household()))),
            "name" => text(&self.account.name),
            "currency" => text(self.account.currency.code()),
            "balance" => below.object(&Money::from(self.account.balance)),
            _ => None,
        }
    }
}

/// The balance at the end of a day.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DayBalance {
    /// The day.
    date: Date,
    /// What was booked by its end.
    balance: Money,
}

#[derive(Debug, Default)]
pub(crate) struct AccountQuery;

/// Questions about accounts.
#[Object]
impl AccountQuery {
    /// The household's accounts, the oldest first.
    #[graphql(complexity = "20 * child_complexity")]
    async fn accounts(&self, ctx: &Context<'_>) -> Fallible<Vec<Account>> {
        Fallible::run(async {
            let shelf = Shelf::new(db(ctx), scope(ctx)?);
            let all = shelf.accounts().await?.to_vec();
            Ok(all.into_iter().map(|account| Account::new(account, &shelf)).collect())
        })
        .await
    }

    /// An account.
    async fn account(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Fallible<Account> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let account = account::get(db(ctx), scope, owned::<AccountId>(&id, scope, "id", "account")?).await?;
            Ok(Account::new(account, &Shelf::new(db(ctx), scope)))
        })
        .await
    }

    /// The booked balance of an account at the end of each day of a period: the opening balance and all posted transactions up to it. At most 3660 days.
    #[graphql(complexity = "400 * child_complexity")]
    async fn balance_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] account_id: ID,
        #[graphql(desc = "First day.")] from: Date,
        #[graphql(desc = "Last day.")] to: Date,
    ) -> Fallible<Vec<DayBalance>> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let id = owned::<AccountId>(&account_id, scope, "accountId", "account")?;
            let (from, to) = (from.read("from")?, to.read("to")?);
            let history = account::balance_history(db(ctx), scope, id, from, to).await?;
            Ok(history.into_iter().map(|at| DayBalance { date: at.day.into(), balance: at.balance.into() }).collect())
        })
        .await
    }
}

/// A new account that no bank feeds: cash, or one whose transactions are entered by hand or imported.
#[derive(InputObject)]
pub(crate) struct CreateAccountInput {
    /// What the person calls it; at most 100 characters.
    name: String,
    /// What it is.
    kind: AccountKind,
    /// ISO 4217.
    currency: String,
    /// What it held before the first transaction; zero if it is left out.
    opening_balance: Option<Decimal>,
    /// Of the client's choice: the same key with the same input is answered with the first answer, and makes nothing twice.
    idempotency_key: Option<String>,
}

/// A change of an account. What is left out stays.
#[derive(InputObject)]
pub(crate) struct UpdateAccountInput {
    /// The account.
    id: ID,
    /// What the person calls it; at most 100 characters.
    name: Option<String>,
    /// What it is; only where no bank says so.
    kind: Option<AccountKind>,
    /// What it held before the first transaction; only where no bank says so.
    opening_balance: Option<Decimal>,
}

#[derive(Debug, Default)]
pub(crate) struct AccountMutation;

/// Changes of accounts.
#[Object]
impl AccountMutation {
    /// Makes an account that no bank feeds.
    async fn create_account(&self, ctx: &Context<'_>, input: CreateAccountInput) -> Fallible<Account> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = CreateAccount {
                name: input.name,
                kind: input.kind.into(),
                currency: input.currency,
                opening_balance: input.opening_balance.map(|opening| opening.read("openingBalance")).transpose()?,
                idempotency_key: input.idempotency_key,
            };
            let account = account::create(db(ctx), scope, command).await?;
            Ok(Account::new(account, &Shelf::new(db(ctx), scope)))
        })
        .await
    }

    /// Changes an account.
    async fn update_account(&self, ctx: &Context<'_>, input: UpdateAccountInput) -> Fallible<Account> {
        Fallible::run(async {
            let scope = scope(ctx)?;
            let command = UpdateAccount {
                id: owned(&input.id, scope, "id", "account")?,
                name: input.name,
                kind: input.kind.map(Kind::from),
                opening_balance: input.opening_balance.map(|opening| opening.read("openingBalance")).transpose()?,
            };
            let account = account::update(db(ctx), scope, command).await?;
            Ok(Account::new(account, &Shelf::new(db(ctx), scope)))
        })
        .await
    }
}
