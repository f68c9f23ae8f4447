//! Whatever happens in whatever order, some things never do. Events are drawn at random, of known
//! and unknown instances alike; a model beside the policy follows the actions.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// What a drawn event is about: one of the instances that were started, by age.
#[derive(Clone, Copy, Debug)]
enum Drawn {
    Tick,
    Ran(usize, bool),
    Serves(usize, bool),
    Ended(usize),
    Idle(usize),
    Terminated(usize, bool),
    Want(&'static str),
}

fn drawn() -> impl Strategy<Value = (Drawn, u64, u64)> {
    let event = prop_oneof![
        2 => Just(Drawn::Tick),
        3 => (0..6_usize, any::<bool>()).prop_map(|(age, good)| Drawn::Ran(age, good)),
        6 => (0..6_usize, any::<bool>()).prop_map(|(age, serves)| Drawn::Serves(age, serves)),
        2 => (0..6_usize).prop_map(Drawn::Ended),
        2 => (0..6_usize).prop_map(Drawn::Idle),
        3 => (0..6_usize, any::<bool>()).prop_map(|(age, good)| Drawn::Terminated(age, good)),
        2 => prop_oneof![Just("a"), Just("b"), Just("c")].prop_map(Drawn::Want),
    ];
    (event, 0..40_000_u64, any::<u64>())
}

/// What a driver would know.
#[derive(Default)]
struct Model {
    /// Started and not known to be gone, with their slots.
    alive: BTreeMap<Id, Slot>,
    all: Vec<Id>,
    /// Served when last heard of, and neither unrouted nor ended.
    serving: BTreeSet<Id>,
    unrouted: BTreeSet<Id>,
    terminating: BTreeSet<Id>,
}

impl Model {
    fn event(&mut self, drawn: Drawn) -> Event<&'static str> {
        let named = |age: usize| self.all.iter().rev().nth(age).copied();
        let event = match drawn {
            Drawn::Tick => None,
            Drawn::Want(plan) => Some(Event::Want(plan)),
            Drawn::Ran(age, good) => named(age).map(|id| Event::Ran(id, good)),
            Drawn::Serves(age, serves) => named(age).map(|id| Event::Serves(id, serves)),
            Drawn::Ended(age) => named(age).map(Event::Ended),
            Drawn::Idle(age) => named(age).map(Event::Idle),
            // A driver answers what it was asked for.
            Drawn::Terminated(age, good) => named(age)
                .filter(|id| self.terminating.remove(id))
                .map(|id| Event::Terminated(id, good)),
        };
        let event = event.unwrap_or(Event::Tick);
        self.happens(&event);
        event
    }

    fn happens(&mut self, event: &Event<&'static str>) {
        match event {
            Event::Serves(id, true)
                if self.alive.contains_key(id) && !self.unrouted.contains(id) =>
            {
                self.serving.insert(*id);
            }
            Event::Serves(id, false) | Event::Ran(id, false) => {
                self.serving.remove(id);
            }
            Event::Ended(id) | Event::Terminated(id, true) => {
                self.serving.remove(id);
                self.alive.remove(id);
            }
            _ => {}
        }
    }

    fn action(&mut self, action: &Action<&'static str>) {
        match *action {
            Action::Run(id, slot, _) => {
                assert!(!self.all.contains(&id), "a name was given twice");
                assert!(
                    !self.alive.values().any(|taken| *taken == slot),
                    "a slot is taken twice"
                );
                self.alive.insert(id, slot);
                self.all.push(id);
            }
            Action::Prefer(id) => {
                assert!(!self.unrouted.contains(&id), "preferred and not routed");
            }
            Action::Unroute(id) => {
                self.unrouted.insert(id);
                self.serving.remove(&id);
            }
            Action::Terminate(id) => {
                assert!(self.unrouted.contains(&id), "terminated under its requests");
                assert!(self.terminating.insert(id), "terminated twice at once");
            }
            Action::Report(Notice::Restarting { failures, pause }) => {
                assert!(failures > 0 && pause <= BOUNDS.longest_pause);
                let ceiling = BOUNDS.shortest_pause * (1 << (failures - 1).min(6));
                assert!(failures >= BOUNDS.give_up_after || pause <= ceiling);
            }
            Action::Report(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_breaks_what_the_supervisor_promises(
        events in prop::collection::vec(drawn(), 1..120)
    ) {
        let mut policy = Policy::new(BOUNDS, "a");
        let mut model = Model::default();
        let mut now = Moment::ZERO;
        for (drawn, passed_ms, jitter) in events {
            now += Duration::from_millis(passed_ms);
            let event = model.event(drawn);
            let served_before = model.serving.clone();
            let actions = policy.step(now, event, jitter);
            for action in &actions {
                model.action(action);
            }
            // One that serves is taken away only while another serves.
            let taken: Vec<_> = served_before.difference(&model.serving).collect();
            prop_assert!(
                taken.is_empty() || !model.serving.is_empty(),
                "{:?} took the last one that served: {:?}", taken, actions
            );
            prop_assert!(model.alive.len() <= usize::from(SLOTS));
        }
    }

    #[test]
    fn whatever_happened_it_serves_again_once_nothing_fails_any_more(
        events in prop::collection::vec(drawn(), 0..60)
    ) {
        let mut policy = Policy::new(BOUNDS, "a");
        let mut model = Model::default();
        let mut now = Moment::ZERO;
        for (drawn, passed_ms, jitter) in events {
            now += Duration::from_millis(passed_ms);
            let event = model.event(drawn);
            for action in policy.step(now, event, jitter) {
                model.action(&action);
            }
        }
        for _ in 0..60 {
            now += Duration::from_secs(5);
            let mut next = vec![Event::Tick];
            let terminating = std::mem::take(&mut model.terminating).into_iter();
            next.extend(terminating.map(|id| Event::Terminated(id, true)));
            next.extend(model.all.iter().map(|id| Event::Serves(*id, true)));
            for event in next {
                model.happens(&event);
                for action in policy.step(now, event, 0) {
                    model.action(&action);
                }
            }
        }
        prop_assert_eq!(policy.standing(), Standing::Serving);
    }
}
