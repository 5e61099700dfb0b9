//! The parameters by name.

use bincode::{Decode, Encode};
use std::fmt;

/// Von in a LAT.
const LAT: u128 = 1_000_000_000_000_000_000;

/// What a parameter is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Module {
    /// Stakes and delegations.
    Staking,
    /// Punishment.
    Slashing,
    /// Blocks.
    Block,
    /// Rewards.
    Reward,
    /// Restricting plans.
    Restricting,
}

/// What a parameter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Von.
    Von,
    /// Settlement epochs.
    Epochs,
    /// Rounds of consensus.
    Rounds,
    /// Candidates.
    Candidates,
    /// Hundredths of a percent.
    BasisPoints,
    /// Percent.
    Percent,
    /// Rewards of a block.
    BlockRewards,
    /// Gas.
    Gas,
}

macro_rules! params {
    ($($(#[doc = $doc:literal])+ $name:ident: $module:ident $key:literal $unit:ident = $default:expr;)+) => {
        /// What proposals may change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
        pub enum Param {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Param {
            /// All of them.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];

            /// What it is of.
            #[must_use]
            pub const fn module(self) -> Module {
                match self { $(Self::$name => Module::$module,)+ }
            }

            /// Its name within its module, as PlatON's clients know it.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            /// What it counts.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)+ }
            }

            /// What it is where nobody says otherwise.
            #[must_use]
            pub const fn default(self) -> u128 {
                match self { $(Self::$name => $default,)+ }
            }
        }
    };
}

params! {
    /// The least that a candidate stakes for himself.
    StakeThreshold: Staking "stakeThreshold" Von = 100_000 * LAT;
    /// The least that is delegated, added or taken back at once.
    OperatingThreshold: Staking "operatingThreshold" Von = 10 * LAT;
    /// How many candidates are alternative validators of a settlement epoch.
    MaxValidators: Staking "maxValidators" Candidates = 201;
    /// How long a stake is frozen that served and was withdrawn.
    UnstakeFreeze: Staking "unStakeFreezeDuration" Epochs = 168;
    /// How long a delegation is frozen that counted and was withdrawn.
    UndelegateFreeze: Staking "unDelegateFreezeDuration" Epochs = 56;
    /// How much a candidate may change at once what he gives to delegators.
    RewardChangeRange: Staking "rewardPerMaxChangeRange" BasisPoints = 500;
    /// How long he has to wait between two such changes.
    RewardChangeInterval: Staking "rewardPerChangeInterval" Epochs = 10;
    /// What a double signature costs, of one's own stake.
    DoubleSignFraction: Slashing "slashFractionDuplicateSign" BasisPoints = 10;
    /// What of that goes to who reported it.
    ReportReward: Slashing "duplicateSignReportReward" Percent = 50;
    /// How old evidence may be.
    MaxEvidenceAge: Slashing "maxEvidenceAge" Epochs = 27;
    /// What it costs to produce nothing.
    IdleRewards: Slashing "slashBlocksReward" BlockRewards = 2_500;
    /// In how many rounds without a block one is idle, of those that are counted together.
    IdleThreshold: Slashing "zeroProduceNumberThreshold" Rounds = 1;
    /// How many rounds are counted together.
    IdleWindow: Slashing "zeroProduceCumulativeTime" Rounds = 20;
    /// How long who was idle is not elected.
    IdleFreeze: Slashing "zeroProduceFreezeDuration" Epochs = 56;
    /// The most gas of a block.
    BlockGas: Block "maxBlockGasLimit" Gas = 201_600_000;
    /// By how much the supply grows in a year.
    IssuanceRatio: Reward "increaseIssuanceRatio" BasisPoints = 250;
    /// The least that one entry of a restricting plan releases.
    MinimumRelease: Restricting "minimumRelease" Von = 100 * LAT;
}

impl Param {
    /// The parameter of this name.
    #[must_use]
    pub fn named(module: &str, key: &str) -> Option<Self> {
        let is_it = |param: &Self| param.module().name() == module && param.key() == key;
        Self::ALL.into_iter().find(is_it)
    }
}

impl Module {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Staking => "staking",
            Self::Slashing => "slashing",
            Self::Block => "block",
            Self::Reward => "reward",
            Self::Restricting => "restricting",
        }
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.module().name(), self.key())
    }
}
