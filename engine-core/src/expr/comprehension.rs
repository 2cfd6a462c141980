//! `all`, `exists`, `exists_one`, `map` and `filter`.

use super::ast::{Comprehension, Id};
use super::eval::{Evaluated, Evaluator};
use super::fault::{Fault, FaultBox};
use super::items::Items;
use super::{EvalErrorKind, Value};

impl<'a> Evaluator<'a, '_> {
    #[inline(never)]
    pub(super) fn comprehension(
        &mut self,
        kind: Comprehension,
        range: Id,
        filter: Option<Id>,
        body: Id,
    ) -> Evaluated<'a> {
        let range = self.eval(range)?;
        let Some(items) = Items::of(&range) else {
            let message =
                format!("a value of type {} has no elements to go through", range.type_name().plain());
            return Err(Fault::text(EvalErrorKind::NoOverload, message));
        };
        let around = self.locals.len();
        let result = match kind {
            Comprehension::All => self.quantified(items, body, false),
            Comprehension::Exists => self.quantified(items, body, true),
            Comprehension::ExistsOne => self.exactly_one(items, body),
            Comprehension::Map => self.mapped(items, filter, body),
            Comprehension::Filter => self.filtered(items, body),
        };
        self.locals.truncate(around);
        result
    }

    /// Makes an element the value of the variable.
    fn bind(&mut self, around: usize, item: Value<'a>) -> Result<(), FaultBox<'a>> {
        self.budget.charge(1)?;
        match self.locals.get_mut(around) {
            Some(local) => *local = item,
            None => self.locals.push(item),
        }
        Ok(())
    }

    /// `all`, or with `decisive` true, `exists`: a decisive element settles it, whatever fails for others.
    fn quantified(&mut self, items: Items<'a>, body: Id, decisive: bool) -> Evaluated<'a> {
        let around = self.locals.len();
        let mut failed: Option<FaultBox<'a>> = None;
        for item in items {
            self.bind(around, item)?;
            match self.condition(body) {
                Ok(truth) if truth == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(fault) if fault.is_final() => return Err(fault),
                Err(fault) => {
                    failed.get_or_insert(fault);
                }
            }
        }
        match failed {
            Some(fault) => Err(fault),
            None => Ok(Value::Bool(!decisive)),
        }
    }

    fn exactly_one(&mut self, items: Items<'a>, body: Id) -> Evaluated<'a> {
        let around = self.locals.len();
        let mut count = 0u64;
        for item in items {
            self.bind(around, item)?;
            count += u64::from(self.condition(body)?);
        }
        Ok(Value::Bool(count == 1))
    }

    fn mapped(&mut self, items: Items<'a>, filter: Option<Id>, body: Id) -> Evaluated<'a> {
        let around = self.locals.len();
        let mut out = Vec::new();
        for item in items {
            self.bind(around, item)?;
            let wanted = match filter {
                Some(filter) => self.condition(filter)?,
                None => true,
            };
            if wanted {
                out.push(self.eval(body)?);
            }
        }
        Ok(Value::list(out))
    }

    fn filtered(&mut self, items: Items<'a>, body: Id) -> Evaluated<'a> {
        let around = self.locals.len();
        let mut out = Vec::new();
        for item in items {
            self.bind(around, item.clone())?;
            if self.condition(body)? {
                out.push(item);
            }
        }
        Ok(Value::list(out))
    }
}
