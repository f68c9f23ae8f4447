//! What the supervisor does when: a state machine without I/O, clock or randomness of its own.
//!
//! Events and a time go in, actions come out. One enclave is the *current* one and is started
//! again, with growing pauses, whenever it ends. To change what runs, a *candidate* is started
//! beside it, takes over once it serves, and the former one is *retired*: it keeps its sessions for
//! a while, then finishes what is under way, then ends. A candidate that fails changes nothing.
//! Next: [`super::driver`] carries the actions out; [`bounds`](Bounds) come from the configuration.

mod bounds;
mod instance;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use bounds::Bounds;
pub use instance::{Id, SLOTS, Slot};
use instance::{Instance, Phase, Slots};

/// A moment, as time since the supervisor started.
pub type Moment = Duration;

/// What happened, or is wished.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event<P> {
    /// Time has passed.
    Tick,
    /// An instance was started, or could not be.
    Ran(Id, bool),
    /// An instance serves, or no longer does.
    Serves(Id, bool),
    /// An instance is gone, unasked.
    Ended(Id),
    /// Nothing is under way any more at an instance that was [`Action::Unroute`]d.
    Idle(Id),
    /// An instance was terminated, or perhaps not.
    Terminated(Id, bool),
    /// This is to run from now on.
    Want(P),
}

/// What is to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action<P> {
    /// Start this plan in this slot; [`Event::Ran`] answers.
    Run(Id, Slot, P),
    /// Send callers without a session to this instance alone.
    Prefer(Id),
    /// Send no request to it any more. Comes before each `Terminate`, and when it has ended.
    Unroute(Id),
    /// End it, or what is left of it; [`Event::Terminated`] answers.
    Terminate(Id),
    /// For counters and log.
    Report(Notice),
}

/// What an operator should hear of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice {
    /// The enclave failed; another is started after the pause.
    Restarting {
        /// Failures in a row, this one included.
        failures: u32,
        /// Until the next start.
        pause: Duration,
    },
    /// So many failures in a row that a person should look. Starts go on, at the longest pause.
    GaveUp,
    /// A candidate is started.
    UpgradeBegan,
    /// The candidate has taken over.
    UpgradeDone,
    /// The candidate failed; what ran before goes on.
    RolledBack,
}

/// How it stands, in one word, for metrics.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Standing {
    /// Nothing serves yet, or not any more.
    #[default]
    Starting,
    /// One enclave serves.
    Serving,
    /// Two run: a candidate beside the current one, or a retired one that is not gone.
    Upgrading,
    /// Nothing serves, after more failures than the bound.
    Failing,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Starting,
        Self::Serving,
        Self::Upgrading,
        Self::Failing,
    ];

    /// Its label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Upgrading => "upgrading",
            Self::Failing => "failing",
        }
    }
}

/// The state machine. `P` is what an instance is made from; it is compared and copied, no more.
#[derive(Debug)]
pub struct Policy<P> {
    bounds: Bounds,
    slots: Slots,
    /// What current is started from.
    plan: P,
    current: Current<P>,
    candidate: Option<Instance<P>>,
    retired: Vec<Instance<P>>,
    /// Wished for while the last change was not over.
    wanted: Option<P>,
    /// In a row.
    failures: u32,
}

#[derive(Debug)]
enum Current<P> {
    Resting { until: Moment },
    Up(Instance<P>),
}

impl<P> Current<P> {
    const fn instance(&self) -> Option<&Instance<P>> {
        match self {
            Self::Up(instance) => Some(instance),
            Self::Resting { .. } => None,
        }
    }

    const fn instance_mut(&mut self) -> Option<&mut Instance<P>> {
        match self {
            Self::Up(instance) => Some(instance),
            Self::Resting { .. } => None,
        }
    }

    fn serves(&self) -> bool {
        self.instance().is_some_and(Instance::serves)
    }
}

/// What one call of [`Policy::step`] is about, and what comes of it.
struct Step<P> {
    now: Moment,
    jitter: u64,
    actions: Vec<Action<P>>,
}

impl<P> Step<P> {
    fn report(&mut self, notice: Notice) {
        self.actions.push(Action::Report(notice));
    }
}

impl<P: Clone + Eq> Policy<P> {
    /// Keeps `plan` running. Nothing runs yet: the first [`Event::Tick`] starts it.
    pub fn new(bounds: Bounds, plan: P) -> Self {
        Self {
            bounds,
            slots: Slots::default(),
            plan,
            current: Current::Resting {
                until: Moment::ZERO,
            },
            candidate: None,
            retired: Vec::new(),
            wanted: None,
            failures: 0,
        }
    }

    /// Takes over an instance of the same plan that a supervisor before this one left running in
    /// `slot`. None when one is current already, or the slot is taken.
    pub fn adopt(&mut self, now: Moment, slot: Slot) -> Option<Id> {
        if self.current.instance().is_some() {
            return None;
        }
        let id = self.slots.take_this(slot)?;
        self.current = Current::Up(Instance::new(id, self.plan.clone(), now));
        Some(id)
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        if self.candidate.is_some() || self.retired.iter().any(Instance::serves) {
            Standing::Upgrading
        } else if self.current.serves() {
            Standing::Serving
        } else if self.failures >= self.bounds.give_up_after {
            Standing::Failing
        } else {
            Standing::Starting
        }
    }

    /// What is to be done after `event` at `now`. `jitter` is random, anew for each call; times
    /// never go back.
    pub fn step(&mut self, now: Moment, event: Event<P>, jitter: u64) -> Vec<Action<P>> {
        let actions = Vec::new();
        let mut step = Step {
            now,
            jitter,
            actions,
        };
        match event {
            Event::Tick => {}
            Event::Ran(id, true) => self.on(id, |instance| instance.ran(now)),
            Event::Ran(id, false) => self.did_not_run(id, &mut step),
            Event::Serves(id, serves) => self.on(id, |instance| instance.observed(now, serves)),
            Event::Ended(id) => self.ended(id, &mut step),
            Event::Idle(id) => self.on(id, |instance| instance.idle(now)),
            Event::Terminated(id, true) => self.forget(id),
            Event::Terminated(id, false) => {
                let again = now + self.bounds.longest_pause;
                self.on(id, |instance| instance.stop_again(again));
            }
            Event::Want(plan) => self.wanted = Some(plan),
        }
        self.take_over(&mut step);
        self.give_up_on_the_late(&mut step);
        self.retire(&mut step);
        self.start_current(&mut step);
        self.start_candidate(&mut step);
        self.forgive(now);
        step.actions
    }

    /// A candidate that serves becomes the current one, and the one before is retired.
    fn take_over(&mut self, step: &mut Step<P>) {
        let Some(candidate) = self.candidate.take_if(|candidate| candidate.serves()) else {
            return;
        };
        step.actions.push(Action::Prefer(candidate.id));
        step.report(Notice::UpgradeDone);
        self.plan = candidate.plan.clone();
        self.failures = 0;
        let before = std::mem::replace(&mut self.current, Current::Up(candidate));
        if let Current::Up(before) = before {
            let until = step.now + self.bounds.drain;
            self.retired.push(before.with(Phase::Draining { until }));
        }
    }

    /// One that is not ready in time has failed.
    fn give_up_on_the_late(&mut self, step: &mut Step<P>) {
        let current = self.current.instance().into_iter();
        let late: Vec<Id> = current
            .chain(&self.candidate)
            .filter(|instance| instance.is_late(step.now, self.bounds.ready_timeout))
            .map(|instance| instance.id)
            .collect();
        for id in late {
            self.fail(id, step);
        }
    }

    /// Moves the retired on: no new requests, then nothing under way, then the end.
    /// Sessions are kept for longer while their successor does not serve.
    fn retire(&mut self, step: &mut Step<P>) {
        let serves = self.current.serves();
        for instance in &mut self.retired {
            if serves && instance.phase.is_drained(step.now) {
                step.actions.push(Action::Unroute(instance.id));
                let until = step.now + self.bounds.finish;
                instance.phase = Phase::Finishing { until };
            }
            if instance.phase.is_to_end(step.now) {
                step.actions.push(Action::Terminate(instance.id));
                instance.phase = Phase::Stopping { again: None };
            }
        }
    }

    fn start_current(&mut self, step: &mut Step<P>) {
        let Current::Resting { until } = self.current else {
            return;
        };
        if until > step.now {
            return;
        }
        let Some((id, slot)) = self.slots.take() else {
            return;
        };
        step.actions.push(Action::Run(id, slot, self.plan.clone()));
        step.actions.push(Action::Prefer(id));
        self.current = Current::Up(Instance::new(id, self.plan.clone(), step.now));
    }

    /// Begins what is wished for once nothing of the last change is left, whether or not the
    /// current one serves: what is wished for may be the cure.
    fn start_candidate(&mut self, step: &mut Step<P>) {
        if self.candidate.is_some() || !self.retired.is_empty() {
            return;
        }
        let Some(plan) = self.wanted.take_if(|plan| *plan != self.plan) else {
            self.wanted = None;
            return;
        };
        let Some((id, slot)) = self.slots.take() else {
            self.wanted = Some(plan);
            return;
        };
        step.actions.push(Action::Run(id, slot, plan.clone()));
        step.report(Notice::UpgradeBegan);
        self.candidate = Some(Instance::new(id, plan, step.now));
    }

    /// Failures are forgotten once the current one has served for as long as the longest pause.
    fn forgive(&mut self, now: Moment) {
        let long = self.bounds.longest_pause;
        let current = self.current.instance();
        if current.is_some_and(|instance| instance.has_served_for(now, long)) {
            self.failures = 0;
        }
    }

    /// An instance could not be started. One that is being terminated already is left to that.
    fn did_not_run(&mut self, id: Id, step: &mut Step<P>) {
        if !self.retired.iter().any(|retired| retired.id == id) {
            self.fail(id, step);
        }
    }

    /// An instance ended by itself.
    fn ended(&mut self, id: Id, step: &mut Step<P>) {
        if let Some(instance) = self.withdraw(id, step) {
            step.actions.push(Action::Unroute(instance.id));
            self.slots.give_back(instance.id);
        }
    }

    /// An instance is of no use and is ended.
    fn fail(&mut self, id: Id, step: &mut Step<P>) {
        if let Some(instance) = self.withdraw(id, step) {
            step.actions.push(Action::Unroute(instance.id));
            step.actions.push(Action::Terminate(instance.id));
            self.retired
                .push(instance.with(Phase::Stopping { again: None }));
        }
    }

    /// Takes an instance out of its place and sees to the place. None when it is not known.
    fn withdraw(&mut self, id: Id, step: &mut Step<P>) -> Option<Instance<P>> {
        if let Some(candidate) = self.candidate.take_if(|candidate| candidate.id == id) {
            step.report(Notice::RolledBack);
            return Some(candidate);
        }
        if let Some(place) = self.retired.iter().position(|retired| retired.id == id) {
            return Some(self.retired.remove(place));
        }
        let draining = |retired: &Instance<P>| matches!(retired.phase, Phase::Draining { .. });
        let successor = match &self.current {
            Current::Up(instance) if instance.id == id => self.retired.iter().position(draining),
            Current::Up(_) | Current::Resting { .. } => return None,
        };
        let next = if let Some(place) = successor {
            // The one before is still there with all its sessions.
            let since = step.now;
            let before = self.retired.remove(place).with(Phase::Serving { since });
            step.actions.push(Action::Prefer(before.id));
            step.report(Notice::RolledBack);
            self.plan = before.plan.clone();
            Current::Up(before)
        } else {
            let until = step.now + self.rest(step);
            Current::Resting { until }
        };
        match std::mem::replace(&mut self.current, next) {
            Current::Up(lost) => Some(lost),
            Current::Resting { .. } => None,
        }
    }

    /// Counts a failure of the current one; how long to rest for it.
    fn rest(&mut self, step: &mut Step<P>) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let failures = self.failures;
        let pause = self.bounds.pause(failures, step.jitter);
        step.report(Notice::Restarting { failures, pause });
        if failures == self.bounds.give_up_after {
            step.report(Notice::GaveUp);
        }
        pause
    }

    fn forget(&mut self, id: Id) {
        if let Some(place) = self.retired.iter().position(|retired| retired.id == id) {
            self.retired.remove(place);
            self.slots.give_back(id);
        }
    }

    fn on(&mut self, id: Id, change: impl FnOnce(&mut Instance<P>)) {
        let current = self.current.instance_mut().into_iter();
        let mut all = current.chain(&mut self.candidate).chain(&mut self.retired);
        if let Some(instance) = all.find(|instance| instance.id == id) {
            change(instance);
        }
    }
}
