//! Carries out what the policy says, and tells it what happens.
//!
//! It asks the relay which enclaves serve, the runner which exist (only while one that should serve
//! does not), and gives the runner one task at a time for each enclave. It decides nothing but
//! which enclaves of an earlier parent are its own. Next: [`super::policy`] decides,
//! [`super::runner`] does.

mod lane;
mod report;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::Surroundings;
use super::plan::{Launch, Places, Plan, is_ours};
use super::policy::{Action, Event, Id, Policy, SLOTS, Slot};
use super::runner::{Runner, RunnerError, Running};
use super::settings::Supervision;
use lane::Lane;

/// How often enclaves are looked at.
const TICK: Duration = Duration::from_millis(50);

/// Least time between two lists from the runner.
const DESCRIBE_SPACING: Duration = Duration::from_millis(500);

/// Time to end all enclaves at the end.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// What a task of the driver's ends with.
enum Done {
    Happened(Event<Arc<Plan>>),
    /// Which of those that the list was asked for are not on it.
    Missing(Vec<Id>),
    Nothing,
}

/// The supervisor at work.
pub(super) struct Driver<R> {
    runner: Arc<R>,
    places: Places,
    first_plan: Arc<Plan>,
    policy: Policy<Arc<Plan>>,
    surroundings: Surroundings,
    lanes: HashMap<Id, Lane>,
    tasks: JoinSet<Done>,
    /// Reads the image of the settings that came last.
    reading: Option<AbortHandle>,
    start: Instant,
    /// When the runner was last asked for a list; none while it is being asked.
    described: Option<Instant>,
}

impl<R: Runner> Driver<R> {
    pub(super) fn new(
        runner: R,
        settings: &Supervision,
        plan: Arc<Plan>,
        surroundings: Surroundings,
    ) -> Self {
        let bounds = settings.bounds(surroundings.limits.request_deadline());
        let start = Instant::now();
        Self {
            runner: Arc::new(runner),
            places: Places::new(settings),
            policy: Policy::new(bounds, Arc::clone(&plan)),
            first_plan: plan,
            surroundings,
            lanes: HashMap::new(),
            tasks: JoinSet::new(),
            reading: None,
            start,
            described: Some(start),
        }
    }

    /// Supervises until `stop`, then ends all enclaves.
    pub(super) async fn run(
        mut self,
        mut reloads: mpsc::Receiver<Supervision>,
        mut stop: oneshot::Receiver<()>,
    ) {
        self.take_stock().await;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = &mut stop => break,
                _ = tick.tick() => self.look(),
                Some(settings) = reloads.recv() => self.read_plan(settings),
                Some(done) = self.tasks.join_next() => match done {
                    Ok(Done::Happened(event)) => self.step(event),
                    Ok(Done::Missing(ids)) => self.lost(ids),
                    // A task that panicked has been reported by the runtime.
                    Ok(Done::Nothing) | Err(_) => {}
                },
            }
        }
        self.end_all().await;
    }

    /// Takes over one enclave of an earlier parent that is of the same image, and ends its others.
    async fn take_stock(&mut self) {
        let listed = match self.runner.describe().await {
            Ok(listed) => listed,
            Err(error) => return report::failed("describe", &error),
        };
        for running in listed.into_iter().filter(|running| is_ours(&running.name)) {
            let slot = (0..SLOTS).map(Slot).find(|slot| self.fits(&running, *slot));
            let adopted = slot.and_then(|slot| Some((self.policy.adopt(self.now(), slot)?, slot)));
            if let Some((id, slot)) = adopted {
                report::adopted(&running.name);
                if running.debug {
                    report::debug_mode();
                }
                self.open_lane(id, slot, running.name);
                self.prefer(id);
            } else if let Err(error) = self.runner.terminate(&running.name).await {
                report::failed("terminate", &error);
            }
        }
    }

    fn fits(&self, running: &Running, slot: Slot) -> bool {
        running.running
            && running.debug == self.first_plan.debug
            && running.cid == self.places.cid(slot)
            && running.name == self.first_plan.name(slot)
    }

    /// Tells the policy what has changed at the enclaves, and that time has passed.
    fn look(&mut self) {
        let mut events: Vec<_> = self
            .lanes
            .iter_mut()
            .filter_map(|(id, lane)| lane.news(*id))
            .collect();
        events.push(Event::Tick);
        for event in events {
            self.step(event);
        }
        self.describe_if_in_doubt();
    }

    fn step(&mut self, event: Event<Arc<Plan>>) {
        let gone = match event {
            Event::Ended(id) | Event::Terminated(id, true) => Some(id),
            _ => None,
        };
        let jitter = RandomState::new().build_hasher().finish();
        for action in self.policy.step(self.now(), event, jitter) {
            self.act(action);
        }
        if let Some(id) = gone {
            self.lanes.remove(&id);
        }
        self.surroundings
            .metrics
            .supervisor
            .stands(self.policy.standing());
    }

    fn act(&mut self, action: Action<Arc<Plan>>) {
        match action {
            Action::Run(id, slot, plan) => self.launch(id, slot, plan),
            Action::Prefer(id) => self.prefer(id),
            Action::Unroute(id) => {
                if let Some(lane) = self.lanes.get_mut(&id) {
                    lane.unroute(&self.surroundings.relay);
                }
            }
            Action::Terminate(id) => self.terminate(id),
            Action::Report(notice) => {
                self.surroundings.metrics.supervisor.count(notice);
                report::notice(notice);
            }
        }
    }

    fn open_lane(&mut self, id: Id, slot: Slot, name: String) {
        // The configuration was checked: an address that is none cannot come here.
        let Ok(address) = self.places.address(slot) else {
            return;
        };
        let lane = Lane::open(name, address, &self.surroundings);
        self.lanes.insert(id, lane);
    }

    fn launch(&mut self, id: Id, slot: Slot, plan: Arc<Plan>) {
        let launch = Launch {
            name: plan.name(slot),
            slot,
            cid: self.places.cid(slot),
            plan,
        };
        self.open_lane(id, slot, launch.name.clone());
        let Some(lane) = self.lanes.get(&id) else {
            return;
        };
        self.surroundings.metrics.supervisor.starts.one();
        report::starting(&launch);
        if launch.plan.debug {
            report::debug_mode();
        }
        let (runner, turn) = (Arc::clone(&self.runner), lane.turn());
        self.tasks.spawn(async move {
            let _turn = turn.await;
            let ran = async {
                launch.plan.check_image().await?;
                runner.run(&launch).await
            };
            let ran = report::outcome("run", ran.await);
            if ran && launch.plan.debug {
                // It ends with its enclave.
                tokio::spawn(async move { runner.console(&launch.name).await });
            }
            Done::Happened(Event::Ran(id, ran))
        });
    }

    fn prefer(&self, preferred: Id) {
        for (id, lane) in &self.lanes {
            lane.take_new_sessions(*id == preferred);
        }
    }

    fn terminate(&mut self, id: Id) {
        let Some(lane) = self.lanes.get(&id) else {
            return;
        };
        let (runner, turn, name) = (Arc::clone(&self.runner), lane.turn(), lane.name.clone());
        self.tasks.spawn(async move {
            let _turn = turn.await;
            let ended = runner.terminate(&name).await;
            Done::Happened(Event::Terminated(id, report::outcome("terminate", ended)))
        });
    }

    /// Asks the runner what exists while an enclave that it runs does not answer.
    fn describe_if_in_doubt(&mut self) {
        let asked: Vec<_> = self
            .lanes
            .iter()
            .filter(|(_, lane)| lane.is_in_doubt())
            .map(|(id, lane)| (*id, lane.name.clone()))
            .collect();
        let rested = |at: &mut Instant| at.elapsed() >= DESCRIBE_SPACING;
        if asked.is_empty() || self.described.take_if(rested).is_none() {
            return;
        }
        let runner = Arc::clone(&self.runner);
        self.tasks.spawn(async move {
            let Ok(listed) = runner.describe().await.inspect_err(|error| {
                report::failed("describe", error);
            }) else {
                return Done::Missing(Vec::new());
            };
            let is_listed = |name: &str| {
                let mut listed = listed.iter();
                listed.any(|running| running.running && running.name == name)
            };
            let missing = asked.into_iter().filter(|(_, name)| !is_listed(name));
            Done::Missing(missing.map(|(id, _)| id).collect())
        });
    }

    fn lost(&mut self, ids: Vec<Id>) {
        self.described = Some(Instant::now());
        for id in ids {
            // It may be in the runner's hands by now, which will tell.
            if self.lanes.get(&id).is_some_and(Lane::is_in_doubt) {
                self.step(Event::Ended(id));
            }
        }
    }

    /// Reads the image that `settings` name. An earlier one that is still being read is not wished
    /// for any more, and must not come in later.
    fn read_plan(&mut self, settings: Supervision) {
        if let Some(earlier) = self.reading.take() {
            earlier.abort();
        }
        let reading = self.tasks.spawn(async move {
            match Plan::read(&settings).await {
                Ok(plan) => Done::Happened(Event::Want(plan)),
                Err(error) => {
                    report::failed("reload", &error);
                    Done::Nothing
                }
            }
        });
        self.reading = Some(reading);
    }

    async fn end_all(mut self) {
        let ids: Vec<_> = self.lanes.keys().copied().collect();
        for id in ids {
            self.terminate(id);
        }
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(STOP_PATIENCE, ended).await.is_err() {
            report::failed("terminate", &RunnerError::Late);
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
