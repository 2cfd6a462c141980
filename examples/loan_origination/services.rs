//! The lender's services: what the flow's activities call. They answer from the applications' file and keep
//! [books](super::books) of what is ordered and paid, as the real ones would.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowwright::base::InstanceId;
use flowwright::engine::{ActivityContext, EngineBuilder};
use flowwright::protocol::ActivityError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::books::{Books, Entry};
use super::data::Application;

/// Every so many applications the credit bureau is busy when it is asked first.
const BUSY_EVERY: u32 = 50;

/// The services of the lender and of those that work for it.
pub struct Services {
    applications: BTreeMap<String, Application>,
    appraisers: UnboundedSender<AppraisalOrder>,
    books: Mutex<Books>,
}

/// An order that an appraiser answers with a signal to the instance.
#[derive(Clone, Debug)]
pub struct AppraisalOrder {
    /// Who ordered.
    pub instance: InstanceId,
    /// The order's reference: the signal carries it.
    pub reference: String,
    /// What the appraiser will find.
    pub value: f64,
}

type Answer = Result<Value, ActivityError>;

impl Services {
    /// Services that know these applications. Orders for the appraisers go to `appraisers`.
    pub fn new(
        applications: &[Application],
        books: Books,
        appraisers: UnboundedSender<AppraisalOrder>,
    ) -> Arc<Self> {
        let applications = applications.iter().map(|one| (one.id.clone(), one.clone())).collect();
        Arc::new(Self { applications, appraisers, books: Mutex::new(books) })
    }

    /// What the file says about an application.
    pub fn application(&self, id: &str) -> Option<&Application> {
        self.applications.get(id)
    }

    /// Has the appraiser answer an order.
    pub fn appraise(&self, instance: InstanceId, application: &Application) {
        let reference = reference("appraisal", application);
        let order = AppraisalOrder { instance, reference, value: application.appraised };
        // The office closes when everything is answered: nobody waits for this one any more.
        let _ = self.appraisers.send(order);
    }

    /// The books.
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, id: &str) -> Result<&Application, ActivityError> {
        self.application(id)
            .ok_or_else(|| ActivityError::fatal("unknown_borrower", format!("nobody knows application {id}")))
    }

    /// Orders something for an application. A second time changes nothing, so that an activity may run again.
    fn order(&self, what: &str, application: &Application) -> Result<String, ActivityError> {
        let reference = reference(what, application);
        self.write(&Entry::Ordered(reference.clone()))?;
        Ok(reference)
    }

    fn write(&self, entry: &Entry) -> Result<(), ActivityError> {
        let written = self.books().write(entry);
        written.map_err(|error| {
            ActivityError::retryable("books", format!("the books cannot be written: {error}"))
        })
    }
}

fn reference(what: &str, application: &Application) -> String {
    format!("{what}-{}", application.id)
}

#[derive(Deserialize)]
struct Ask {
    application: String,
}

#[derive(Deserialize)]
struct GiveBack {
    #[serde(alias = "policy", alias = "account")]
    reference: String,
}

#[derive(Deserialize)]
struct Payment {
    application: String,
    amount: f64,
    account: String,
}

#[derive(Deserialize)]
struct Decline {
    reason: String,
}

/// Registers every service under the name that the flow calls it by.
pub fn register(builder: EngineBuilder, services: &Arc<Services>) -> EngineBuilder {
    Desk { builder, services }
        .offer("credit.pull", pull_credit)
        .offer("credit.release", give_back)
        .offer("income.verify", verify_income)
        .offer("insurance.request", request_insurance)
        .offer("appraisal.order", order_appraisal)
        .offer("appraisal.cancel", give_back)
        .offer("letter.remind", remind)
        .offer("letter.decline", write_decline)
        .offer("title.insure", insure_title)
        .offer("title.cancel", give_back)
        .offer("escrow.open", open_escrow)
        .offer("escrow.close", give_back)
        .offer("loan.fund", fund)
        .offer("loan.funded", was_funded)
        .builder
}

/// Where services are offered to the engine.
struct Desk<'a> {
    builder: EngineBuilder,
    services: &'a Arc<Services>,
}

impl Desk<'_> {
    fn offer<T>(self, name: &str, work: fn(&Services, &ActivityContext, T) -> Answer) -> Self
    where
        T: DeserializeOwned + Send + 'static,
    {
        let services = Arc::clone(self.services);
        let handler = move |context: ActivityContext, input: T| ready(work(&services, &context, input));
        Self { builder: self.builder.activity(name, handler), ..self }
    }
}

fn give_back(services: &Services, _: &ActivityContext, order: GiveBack) -> Answer {
    let answer = json!({"given_back": order.reference});
    services.write(&Entry::GivenBack(order.reference))?;
    Ok(answer)
}

fn pull_credit(services: &Services, context: &ActivityContext, ask: Ask) -> Answer {
    let application = services.known(&ask.application)?;
    if context.attempt() == 1 && application.number() % BUSY_EVERY == 0 {
        return Err(ActivityError::retryable("busy", "the credit bureau is busy; ask again"));
    }
    let guidelines = match application.meets_guidelines {
        Some(true) => "met",
        Some(false) => "not_met",
        None => "unknown",
    };
    Ok(json!({
        "reference": services.order("credit", application)?,
        "guidelines": guidelines,
        "bankruptcy": application.bankruptcy,
        "delinquent": application.delinquent,
        "lines": application.credit_lines,
    }))
}

fn verify_income(services: &Services, _: &ActivityContext, ask: Ask) -> Answer {
    let application = services.known(&ask.application)?;
    Ok(json!({
        "housing_ratio": application.housing_ratio,
        "debt_ratio": application.debt_ratio,
        "net_worth": application.net_worth,
        "verified": !application.unverifiable,
        "papers": application.papers(),
    }))
}

fn request_insurance(services: &Services, _: &ActivityContext, ask: Ask) -> Answer {
    Ok(json!({"granted": !services.known(&ask.application)?.insurance_refused}))
}

fn order_appraisal(services: &Services, context: &ActivityContext, ask: Ask) -> Answer {
    let application = services.known(&ask.application)?;
    let reference = services.order("appraisal", application)?;
    services.appraise(context.instance(), application);
    Ok(json!({"reference": reference}))
}

fn remind(services: &Services, _: &ActivityContext, ask: Ask) -> Answer {
    services.write(&Entry::Reminded(ask.application))?;
    Ok(Value::Null)
}

fn write_decline(_: &Services, _: &ActivityContext, letter: Decline) -> Answer {
    Ok(json!({"reason": letter.reason}))
}

fn insure_title(services: &Services, _: &ActivityContext, ask: Ask) -> Answer {
    Ok(json!({"policy": services.order("title", services.known(&ask.application)?)?}))
}

fn open_escrow(services: &Services, _: &ActivityContext, ask: Ask) -> Answer {
    Ok(json!({"account": services.order("escrow", services.known(&ask.application)?)?}))
}

/// Pays a loan out of its escrow account, which must not hold more than the property costs.
fn fund(services: &Services, context: &ActivityContext, payment: Payment) -> Answer {
    let application = services.known(&payment.application)?;
    if payment.amount > application.price {
        let message = format!("{} to be paid for a property of {}", payment.amount, application.price);
        return Err(ActivityError::fatal("payout_above_price", message));
    }
    let key = context.idempotency_key().to_owned();
    services.write(&Entry::Paid { key, amount: payment.amount })?;
    Ok(json!({"amount": payment.amount, "account": payment.account}))
}

/// After a crash in the middle of a payment: was it made? The idempotency key tells.
fn was_funded(services: &Services, context: &ActivityContext, payment: Payment) -> Answer {
    Ok(match services.books().paid(context.idempotency_key()) {
        Some(amount) => json!({"status": "done", "output": {"amount": amount, "account": payment.account}}),
        None => json!({"status": "not_done"}),
    })
}
