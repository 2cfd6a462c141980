//! The tormentor: what is done to the processes and to their store, drawn from a seed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Result;
use crate::fleet::Fleet;
use crate::lot::Lot;
use crate::place::{Harm, Place};
use crate::report::Report;

/// Something that is done, and what it is called in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// A process is killed.
    Kill,
    /// All of them are, together.
    KillAll,
    /// A process is told to stop in good order.
    Leave,
    /// A process stands still for longer than its leases.
    Stop,
    /// Something happens to the store.
    Harm(Harm),
}

impl Trouble {
    const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::KillAll => "kill_all",
            Self::Leave => "leave",
            Self::Stop => "stop",
            Self::Harm(harm) => harm.name(),
        }
    }

    /// Whether it cannot be together with another one.
    fn excludes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Harm(one), Self::Harm(another)) if one.excludes(another) => true,
            _ => self == other,
        }
    }

    /// How often it happens among the others.
    const fn weight(self) -> u64 {
        match self {
            Self::Kill => 8,
            Self::Stop => 3,
            Self::Leave => 2,
            Self::KillAll | Self::Harm(_) => 1,
        }
    }
}

/// What has to be made good again, and when.
struct Mend {
    at: Instant,
    what: Trouble,
    process: usize,
}

/// Makes trouble until a time, and makes all of it good again.
///
/// # Errors
/// Where trouble cannot be made, or not be made good: the run says nothing then.
pub fn torment(
    fleet: &mut Fleet,
    place: &mut dyn Place,
    seed: u64,
    until: Instant,
    report: &mut Report,
) -> Result<()> {
    let mut troubles = vec![Trouble::Kill, Trouble::Stop, Trouble::Leave, Trouble::KillAll];
    troubles.extend(place.harms().into_iter().map(Trouble::Harm));
    let (mut lot, mut mends) = (Lot::new(seed), Vec::<Mend>::new());
    let mut next = Instant::now() + Duration::from_millis(600);
    while Instant::now() < until || !mends.is_empty() {
        sleep(Duration::from_millis(20));
        for mend in mends.extract_if(.., |mend| mend.at <= Instant::now()) {
            make_good(fleet, place, &mend)?;
        }
        // One that stands still does not end by itself.
        fleet.tend()?;
        if Instant::now() < next || Instant::now() >= until {
            continue;
        }
        next = Instant::now() + Duration::from_millis(lot.between(50, 900));
        let (what, process) = (draw(&troubles, &mut lot), lot.below(fleet.len() as u64) as usize);
        let (rest, length) = (lot.between(0, 1_500), lot.between(1_300, 3_500));
        let hinders =
            |mend: &Mend| mend.what.excludes(what) && (what != Trouble::Stop || mend.process == process);
        let under_way = mends.iter().any(hinders);
        if !under_way && make(fleet, place, what, process, Duration::from_millis(rest))? {
            *report.troubles.entry(what.name()).or_default() += 1;
            let at = Instant::now() + Duration::from_millis(length);
            if matches!(what, Trouble::Stop | Trouble::Harm(_)) {
                mends.push(Mend { at, what, process });
            }
        }
    }
    Ok(())
}

fn draw(troubles: &[Trouble], lot: &mut Lot) -> Trouble {
    let mut place = lot.below(troubles.iter().map(|trouble| trouble.weight()).sum());
    for trouble in troubles {
        if place < trouble.weight() {
            return *trouble;
        }
        place -= trouble.weight();
    }
    Trouble::Kill
}

/// Does it. False where there is nobody to do it to.
fn make(
    fleet: &mut Fleet,
    place: &mut dyn Place,
    what: Trouble,
    process: usize,
    rest: Duration,
) -> Result<bool> {
    match what {
        Trouble::Kill => fleet.kill(process, rest),
        Trouble::Leave => Ok(fleet.tell(process, "quit")),
        Trouble::Stop => fleet.signal(process, "STOP"),
        Trouble::Harm(harm) => place.make(harm).map(|()| true),
        Trouble::KillAll => {
            for process in 0..fleet.len() {
                fleet.kill(process, rest)?;
            }
            Ok(true)
        }
    }
}

fn make_good(fleet: &mut Fleet, place: &mut dyn Place, mend: &Mend) -> Result<()> {
    match mend.what {
        // It may have been killed meanwhile, and another one runs in its place.
        Trouble::Stop => fleet.signal(mend.process, "CONT").map(drop),
        Trouble::Harm(harm) => place.mend(harm),
        Trouble::Kill | Trouble::KillAll | Trouble::Leave => Ok(()),
    }
}
