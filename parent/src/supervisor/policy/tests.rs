#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod properties;

use super::*;

const BOUNDS: Bounds = Bounds {
    shortest_pause: Duration::from_secs(1),
    longest_pause: Duration::from_mins(1),
    give_up_after: 3,
    ready_timeout: Duration::from_secs(30),
    drain: Duration::from_secs(10),
    finish: Duration::from_secs(5),
};

/// With this one the pauses after the first and the second failure are a second.
const JITTER: u64 = 1000;

const fn at(seconds: u64) -> Moment {
    Duration::from_secs(seconds)
}

/// A policy and its clock.
struct Bench {
    policy: Policy<&'static str>,
    now: Moment,
}

impl Bench {
    fn new() -> Self {
        let policy = Policy::new(BOUNDS, "old");
        let now = Moment::ZERO;
        Self { policy, now }
    }

    /// With "old" serving; its id.
    fn serving() -> (Self, Id) {
        let mut bench = Self::new();
        let (id, _) = only_run(&bench.step(Event::Tick), "old");
        bench.step(Event::Ran(id, true));
        assert_eq!(bench.step(Event::Serves(id, true)), []);
        (bench, id)
    }

    /// With "old" retired and "new" serving; both ids.
    fn upgraded() -> (Self, Id, Id) {
        let (mut bench, old) = Self::serving();
        let (new, _) = only_run(&bench.step(Event::Want("new")), "new");
        let done = bench.step(Event::Serves(new, true));
        assert_eq!(
            done,
            [Action::Prefer(new), Action::Report(Notice::UpgradeDone)]
        );
        (bench, old, new)
    }

    fn step(&mut self, event: Event<&'static str>) -> Vec<Action<&'static str>> {
        self.policy.step(self.now, event, JITTER)
    }

    fn after(&mut self, time: Duration) -> Vec<Action<&'static str>> {
        self.now += time;
        self.step(Event::Tick)
    }
}

/// How a candidate, named by its id, comes to nothing.
type Fate = fn(&mut Bench, Id) -> Vec<Action<&'static str>>;

/// The one start among `actions`, which must be of `plan`.
fn only_run(actions: &[Action<&'static str>], plan: &str) -> (Id, Slot) {
    let mut runs = actions.iter().filter_map(|action| match action {
        Action::Run(id, slot, started) => Some((*id, *slot, *started)),
        _ => None,
    });
    let (id, slot, started) = runs.next().unwrap();
    assert_eq!((started, runs.next()), (plan, None));
    (id, slot)
}

#[test]
fn an_enclave_is_started_once_and_serves() {
    let mut bench = Bench::new();
    assert_eq!(bench.policy.standing(), Standing::Starting);
    let (id, slot) = only_run(&bench.step(Event::Tick), "old");
    assert_eq!(slot, Slot(0));
    assert_eq!(bench.step(Event::Tick), []);
    assert_eq!(bench.step(Event::Ran(id, true)), []);
    assert_eq!(bench.policy.standing(), Standing::Starting);
    assert_eq!(bench.step(Event::Serves(id, true)), []);
    assert_eq!(bench.policy.standing(), Standing::Serving);
}

#[test]
fn an_enclave_that_dies_is_started_again_after_its_pause_in_another_slot() {
    let (mut bench, id) = Bench::serving();
    let (failures, pause) = (1, at(1));
    assert_eq!(
        bench.step(Event::Ended(id)),
        [
            Action::Report(Notice::Restarting { failures, pause }),
            Action::Unroute(id)
        ]
    );
    assert_eq!(bench.after(pause / 2), []);
    let (next, slot) = only_run(&bench.after(pause / 2), "old");
    assert_ne!(next, id);
    assert_eq!(slot, Slot(1));
}

#[test]
fn an_enclave_that_is_not_ready_in_time_is_ended_and_started_again() {
    let mut bench = Bench::new();
    let (id, _) = only_run(&bench.step(Event::Tick), "old");
    bench.now = at(20);
    bench.step(Event::Ran(id, true));
    // Its time counts from when it ran.
    assert_eq!(bench.after(at(29)), []);
    let actions = bench.after(at(1));
    assert!(actions.ends_with(&[Action::Unroute(id), Action::Terminate(id)]));
    assert_eq!(bench.step(Event::Terminated(id, true)), []);
    only_run(&bench.after(at(1)), "old");
}

#[test]
fn an_enclave_that_falls_silent_has_its_time_to_come_back() {
    let (mut bench, id) = Bench::serving();
    bench.step(Event::Serves(id, false));
    assert_eq!(bench.policy.standing(), Standing::Starting);
    assert_eq!(bench.after(at(29)), []);
    assert_eq!(bench.step(Event::Serves(id, true)), []);
    assert_eq!(bench.after(at(60)), []);
    bench.step(Event::Serves(id, false));
    assert!(bench.after(at(30)).contains(&Action::Terminate(id)));
}

#[test]
fn a_start_that_fails_is_cleaned_up_and_tried_again() {
    let mut bench = Bench::new();
    let (id, _) = only_run(&bench.step(Event::Tick), "old");
    assert!(
        bench
            .step(Event::Ran(id, false))
            .ends_with(&[Action::Unroute(id), Action::Terminate(id)])
    );
    bench.step(Event::Terminated(id, true));
    only_run(&bench.after(at(1)), "old");
}

#[test]
fn pauses_are_a_random_part_of_a_time_that_doubles_up_to_the_longest() {
    let bounds = Bounds {
        give_up_after: 100,
        ..BOUNDS
    };
    for (failures, ceiling) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (99, 60)] {
        assert_eq!(bounds.pause(failures, ceiling * 1000), at(ceiling));
        assert_eq!(bounds.pause(failures, ceiling * 1000 + 1), at(0));
        assert_eq!(bounds.pause(failures, 500), Duration::from_millis(500));
    }
    assert_eq!(bounds.pause(100, 500), at(60));
}

#[test]
fn after_many_failures_it_says_so_once_and_goes_on_slowly() {
    let mut bench = Bench::new();
    for failures in 1..8 {
        let (id, _) = only_run(&bench.after(BOUNDS.longest_pause), "old");
        let actions = bench.step(Event::Ended(id));
        let pause = if failures < 3 { at(1) } else { at(60) };
        let restarting = Notice::Restarting { failures, pause };
        assert_eq!(actions[0], Action::Report(restarting));
        let gave_up = actions.contains(&Action::Report(Notice::GaveUp));
        assert_eq!(gave_up, failures == 3);
        let failing = bench.policy.standing() == Standing::Failing;
        assert_eq!(failing, failures >= 3);
    }
}

#[test]
fn failures_are_forgotten_after_a_long_time_of_serving() {
    let (mut bench, first) = Bench::serving();
    bench.step(Event::Ended(first));
    let (id, _) = only_run(&bench.after(at(1)), "old");
    bench.step(Event::Serves(id, true));
    bench.after(BOUNDS.longest_pause);
    let again = bench.step(Event::Ended(id));
    assert!(matches!(
        again[0],
        Action::Report(Notice::Restarting { failures: 1, .. })
    ));
}

#[test]
fn an_upgrade_starts_beside_moves_over_drains_finishes_and_only_then_ends_the_old() {
    let (mut bench, old) = Bench::serving();
    let began = bench.step(Event::Want("new"));
    let (new, slot) = only_run(&began, "new");
    assert_eq!(slot, Slot(1));
    assert_eq!(began[1], Action::Report(Notice::UpgradeBegan));
    assert_eq!(bench.policy.standing(), Standing::Upgrading);
    assert_eq!(bench.step(Event::Ran(new, true)), []);
    assert_eq!(
        bench.step(Event::Serves(new, true)),
        [Action::Prefer(new), Action::Report(Notice::UpgradeDone)]
    );
    assert_eq!(bench.after(at(9)), []);
    assert_eq!(bench.after(at(1)), [Action::Unroute(old)]);
    assert_eq!(bench.after(at(2)), []);
    assert_eq!(bench.step(Event::Idle(old)), [Action::Terminate(old)]);
    assert_eq!(bench.step(Event::Terminated(old, true)), []);
    assert_eq!(bench.policy.standing(), Standing::Serving);
}

#[test]
fn a_request_that_never_ends_delays_the_end_of_the_old_by_its_deadline_only() {
    let (mut bench, old, _) = Bench::upgraded();
    assert_eq!(bench.after(at(10)), [Action::Unroute(old)]);
    assert_eq!(bench.after(at(4)), []);
    assert_eq!(bench.after(at(1)), [Action::Terminate(old)]);
}

#[test]
fn a_candidate_that_fails_in_any_way_leaves_the_old_serving() {
    let fates: [Fate; 3] = [
        |bench, new| bench.step(Event::Ran(new, false)),
        |bench, new| bench.step(Event::Ended(new)),
        |bench, _| bench.after(BOUNDS.ready_timeout),
    ];
    for fate in fates {
        let (mut bench, old) = Bench::serving();
        let (new, _) = only_run(&bench.step(Event::Want("new")), "new");
        let actions = fate(&mut bench, new);
        assert_eq!(actions[0], Action::Report(Notice::RolledBack));
        assert!(!actions.contains(&Action::Terminate(old)));
        bench.step(Event::Terminated(new, true));
        assert_eq!(bench.policy.standing(), Standing::Serving);
        // It is not tried again by itself, and the old image is what is kept running.
        assert_eq!(bench.after(at(600)), []);
        bench.step(Event::Ended(old));
        only_run(&bench.after(at(1)), "old");
    }
}

#[test]
fn a_new_one_that_dies_while_the_old_one_drains_gives_the_place_back() {
    let (mut bench, old, new) = Bench::upgraded();
    assert_eq!(
        bench.step(Event::Ended(new)),
        [
            Action::Prefer(old),
            Action::Report(Notice::RolledBack),
            Action::Unroute(new)
        ]
    );
    assert_eq!(bench.after(at(600)), []);
    assert_eq!(bench.policy.standing(), Standing::Serving);
}

#[test]
fn the_old_one_keeps_its_sessions_for_as_long_as_the_new_one_does_not_answer() {
    let (mut bench, old, new) = Bench::upgraded();
    bench.step(Event::Serves(new, false));
    assert_eq!(bench.after(at(20)), []);
    assert_eq!(bench.step(Event::Serves(new, true)), [Action::Unroute(old)]);
}

#[test]
fn what_is_wished_for_during_an_upgrade_waits_for_its_end_and_only_the_last_wish_counts() {
    let (mut bench, old, new) = Bench::upgraded();
    assert_eq!(bench.step(Event::Want("newer")), []);
    assert_eq!(bench.step(Event::Want("newest")), []);
    bench.after(at(10));
    bench.step(Event::Idle(old));
    let (newest, _) = only_run(&bench.step(Event::Terminated(old, true)), "newest");
    assert_ne!(newest, new);
}

#[test]
fn to_wish_for_what_runs_changes_nothing() {
    let (mut bench, _) = Bench::serving();
    assert_eq!(bench.step(Event::Want("old")), []);
}

#[test]
fn what_is_wished_for_is_tried_although_the_old_one_does_not_come_up() {
    let mut bench = Bench::new();
    let (old, _) = only_run(&bench.step(Event::Tick), "old");
    bench.step(Event::Ended(old));
    let (new, _) = only_run(&bench.step(Event::Want("new")), "new");
    assert!(
        bench
            .step(Event::Serves(new, true))
            .contains(&Action::Prefer(new))
    );
    assert_eq!(bench.policy.standing(), Standing::Serving);
}

#[test]
fn a_termination_that_fails_is_tried_again_later_and_keeps_its_slot() {
    let (mut bench, old, _) = Bench::upgraded();
    bench.after(at(10));
    bench.step(Event::Idle(old));
    assert_eq!(bench.step(Event::Terminated(old, false)), []);
    assert_eq!(bench.after(at(59)), []);
    assert_eq!(bench.after(at(1)), [Action::Terminate(old)]);
}

#[test]
fn an_enclave_left_running_is_taken_over_instead_of_started() {
    let mut bench = Bench::new();
    let id = bench.policy.adopt(bench.now, Slot(2)).unwrap();
    assert_eq!(bench.policy.adopt(bench.now, Slot(3)), None);
    assert_eq!(bench.step(Event::Tick), []);
    bench.step(Event::Serves(id, true));
    assert_eq!(bench.policy.standing(), Standing::Serving);
    bench.step(Event::Ended(id));
    let (_, slot) = only_run(&bench.after(at(1)), "old");
    assert_eq!(slot, Slot(3));
}
