//! What is known of a word before its sentence is read: is it a given name, a place, a title?
//!
//! The lists of `pii/model/*.txt` and the small vocabularies below become one table of hashes with
//! sixteen bits each. The table is built once, holds no word, and a look-up is one or two steps. A
//! wrong answer needs two words with the same 48 bits of hash. Where the lists come from is in
//! `pii/model/README.md`. Next: [`super::features`], which turns the bits into evidence.

use super::token::{MAX_TOKENS, Shape, Token, read_sentence};
use super::word::hash_of;

/// A given name of the lists.
pub const GIVEN: u32 = 1;
/// A family name of the lists.
pub const SURNAME: u32 = 1 << 1;
/// A city, region or country.
pub const PLACE: u32 = 1 << 2;
/// A nationality, religion or political group.
pub const GROUP: u32 = 1 << 3;
/// A well-known organisation.
pub const ORGANIZATION: u32 = 1 << 4;
/// An ordinary English word.
pub const COMMON: u32 = 1 << 5;
/// A title or form of address: `Mr`, `Dr`, `Captain`.
pub const TITLE: u32 = 1 << 6;
/// A kind of street or of dwelling: `Road`, `Apt`.
pub const STREET: u32 = 1 << 7;
/// A word that organisations' names end with or turn on: `Ltd`, `University`.
pub const BODY: u32 = 1 << 8;
/// A month or a day of the week.
pub const TIME: u32 = 1 << 9;
/// A small word that names hold inside: `de`, `of`, `and`.
pub const LINK: u32 = 1 << 10;
/// The first word of a name of several words in the lists.
pub const FIRST: u32 = 1 << 11;
/// A word that says a name comes: `Dear`, `named`, `customer`.
pub const LABEL: u32 = 1 << 12;
/// A word that the templates of the training are written with, so that the model knows its use.
pub const CONTEXT: u32 = 1 << 13;
/// The token is part of a place of several words. This and what follows is of tokens, not of words.
pub const LONG_PLACE: u32 = 1 << 16;
/// The token is part of an organisation of several words.
pub const LONG_ORGANIZATION: u32 = 1 << 17;

/// A form of an ordinary English word: `moved`, `houses`.
pub const FORM: u32 = 1 << 18;

/// Any bit that a list of names gives.
pub const LISTED: u32 =
    GIVEN | SURNAME | PLACE | GROUP | ORGANIZATION | LONG_PLACE | LONG_ORGANIZATION;

/// A token whose word is ordinary English or of the small vocabularies, not somebody's name.
pub const VOCABULARY: u32 = COMMON | TITLE | STREET | BODY | TIME | LINK | LABEL;

/// A token whose own word may be evidence.
pub const EVIDENCE: u32 = CONTEXT | TITLE | STREET | BODY | TIME | LINK | LABEL;

/// Each list with the bit that its lines give.
const LISTS: [(&str, u32); 17] = [
    (include_str!("../../model/given.txt"), GIVEN),
    (include_str!("../../model/surnames.txt"), SURNAME),
    (include_str!("../../model/places.txt"), PLACE),
    (include_str!("../../model/groups.txt"), GROUP),
    (include_str!("../../model/organizations.txt"), ORGANIZATION),
    (include_str!("../../model/words.txt"), COMMON),
    (TITLES, TITLE),
    (STREETS, STREET),
    (STREET_WORDS_ABROAD, STREET),
    (BODIES, BODY),
    (TIMES, TIME),
    (LINKS, LINK),
    (LABELS, LABEL),
    (SURNAME_PARTICLES, LINK),
    (CONTRACTIONS, COMMON),
    (WORKS, COMMON),
    (include_str!("../../model/context.txt"), CONTEXT),
];

const TITLES: &str = "mr\nmrs\nms\nmiss\nmx\ndr\ndoctor\nprof\nprofessor\nsir\nmadam\nmadame\nlord\nlady\n\
dame\nrev\nreverend\nfather\nsister\nbrother\nrabbi\nimam\nsheikh\ncaptain\ncapt\ncolonel\ncol\nmajor\nlieutenant\n\
lt\nsergeant\nsgt\ngeneral\ngen\nadmiral\ncommander\ncorporal\nprivate\ninspector\nconstable\ndetective\n\
officer\nsenator\nsen\ncongressman\ncongresswoman\npresident\ngovernor\ngov\nmayor\njudge\njustice\nprince\n\
princess\nking\nqueen\nduke\nduchess\nbaron\nbaroness\ncount\ncountess\npope\nsaint\naunt\nauntie\nuncle\n\
grandma\ngrandpa\ncousin\nnurse\ncoach\nmessrs\nmme\nmlle\nherr\nfrau\nmonsieur\nsenor\nsenora\nsignor\nsignora\n\
chancellor\nminister\nsecretary\nambassador\nhon\nhonourable\nhonorable\nesq\nphd\nmd\ncllr\nds\npc\nmonsignor";

const STREETS: &str = "street\nst\nroad\nrd\navenue\nave\nlane\nln\ndrive\ndr\nboulevard\nblvd\ncourt\nct\n\
close\ncrescent\ncres\nplace\npl\nsquare\nsq\nterrace\nway\nhighway\nhwy\nparkway\npkwy\ncircle\ncir\n\
trail\nrow\nmews\ngardens\ngrove\nwalk\nhill\ngreen\npark\nrise\nview\nalley\nquay\nwharf\nembankment\nbroadway\n\
flat\napt\napartment\nunit\nsuite\nste\nfloor\nroom\nbuilding\nbldg\nhouse\nblock\nbox\nplaza\nturnpike\nexpressway\n\
esplanade\npromenade\nparade\nlodge\ncottage\ntower\nestate\nfarm\nheights\nridge\npoint\npike\nloop\npath";

const STREET_WORDS_ABROAD: &str = "strasse\nstr\nplatz\nweg\ngasse\nallee\nrue\nchemin\nimpasse\nquai\n\
via\nviale\npiazza\ncorso\ncalle\navenida\nplaza\npaseo\ncarrer\nrua\npraca\ntravessa\nlaan\nstraat\ngracht\nplein\n\
ulica\nulitsa\nprospekt\nmarg\nnagar\nchowk\njalan\nbulevar\ngata\nvej\nutca\nulice\nsokak\ncaddesi";

const BODIES: &str = "ltd\nlimited\ninc\nincorporated\ncorp\ncorporation\nco\ncompany\nllc\nllp\nlp\nplc\ngmbh\n\
ag\nkg\nse\nsa\nsas\nsarl\nsl\nspa\nsrl\nbv\nnv\nab\nas\noy\nasa\nkk\npty\npvt\nbhd\nholdings\nholding\ngroup\n\
partners\nassociates\nsolutions\nsystems\ntechnologies\ntechnology\nindustries\nenterprises\nconsulting\nlabs\n\
laboratories\nsoftware\npharmaceuticals\ntherapeutics\nlogistics\nmotors\nairlines\nairways\nbank\nbanking\n\
insurance\ncapital\nventures\nfoundation\ntrust\ninstitute\nuniversity\ncollege\nschool\nacademy\nhospital\nclinic\n\
infirmary\nsurgery\npractice\npharmacy\nministry\ndepartment\ncouncil\nagency\nauthority\ncommission\ncommittee\n\
association\nsociety\nunion\nfederation\nparty\nchurch\npolice\ncourt\nmuseum\nlibrary\nclub\nunited\ncity\n\
hotel\nrestaurant\nbakery\ncafe\nstores\nsupermarket\ntimes\npost\nherald\ntribune\ngazette\njournal\nnews\npress\n\
studios\nmedia\nentertainment\nrecords\npublishing\nbrothers\nbros\nsons\nservices\nservice\ndental\nplumbing\nroofing\ncatering\ncleaning\ntravel\ntoys\nbooks\ntextiles\nchemicals\nsteel\n\
telecom\nbiotech\ngaming\naerospace\nshipping\nrealty\nproperties\nproperty\nestates\naccountants\narchitects\n\
garage\nnursery\ncare\nhome\nfoods\nbureau\nforce\narmy\n\
navy\nchambers\nsolicitors\nlaw\nconstruction\nbuilders\nelectric\nenergy\nmedical\nhealth\ncentre\ncenter\n\
international\nnational\nroyal\nfederal\nfc\nufficio\nverlag\nuniversitat\nbanco\nbanque\nsocieta\noffice";

const TIMES: &str = "january\nfebruary\nmarch\napril\nmay\njune\njuly\naugust\nseptember\noctober\nnovember\n\
december\njan\nfeb\nmar\napr\njun\njul\naug\nsep\nsept\noct\nnov\ndec\nmonday\ntuesday\nwednesday\nthursday\n\
friday\nsaturday\nsunday\nmon\ntue\ntues\nwed\nthu\nthurs\nfri\nsat\nsun\nchristmas\neaster\nramadan\ndiwali\n\
thanksgiving\nhalloween\nhanukkah\npassover\neid";

const LINKS: &str = "of\nand\nthe\nfor\nin\n&\nat\non\ny\ne\nupon\nsur\nunder\nnext";

const SURNAME_PARTICLES: &str = "de\nvan\nder\nden\nvon\nla\nle\ndu\ndi\nda\nal\nel\nbin\nibn\nben\nabu\ndel\ndos\n\
das\ndella\nten\nter\nzu\nzum\naf\nbint\nad\nap\nop\nt\nmac\no";

const LABELS: &str = "name\nnamed\nnames\ncalled\nfirstname\nlastname\nfullname\nsurname\nforename\nusername\n\
nickname\nmaiden\naka\nalias\ndear\nhi\nhello\nhey\nmorning\nafternoon\nthanks\nregards\nsincerely\ncheers\ncc\nattn\n\
attention\nam\nmeet\nask\ncall\ntell\nsigned\nsignature\nauthor\nsender\nrecipient\ncontact\ncustomer\nclient\n\
patient\nemployee\napplicant\nclaimant\nholder\ncardholder\nbeneficiary\npayee\nguardian\nwitness\nplaintiff\n\
defendant\nphysician\nprovider\nmanager\nassignee\nreporter\nhusband\nwife\nson\ndaughter\nmother\nfather\nbrother\n\
sister\nfriend\ncolleague\nboss\naddress\nstreet\nline\ncity\ntown\ncountry\nstate\nprovince\nregion\nbirthplace\n\
location\nlive\nlives\nliving\nlived\nborn\nresides\nresiding\nresident\nemployer\ncompany\norganisation\norganization\n\
vendor\nsupplier\npolicyholder\nshareholder\nassured\ninsured\npassenger\nguest\nstudent\npupil\nteacher\ndriver\n\
owner\nlandlord\ntenant\nbuyer\nseller\nborrower\nlender\nattendees\napologies\npresent\nauthors\nhost\nnationality\nethnicity\nreligion\ncitizenship\ni'm\nname's\nim";

const CONTRACTIONS: &str = "i'm\ni'll\ni've\ni'd\nyou're\nyou'll\nyou've\nyou'd\nhe'll\nhe'd\nshe'll\n\
she'd\nwe're\nwe'll\nwe've\nwe'd\nthey're\nthey'll\nthey've\nthey'd\nit'll\nit'd\nthat'll\nthere'll\nthere'd\n\
who'll\nwho'd\ndon't\ndoesn't\ndidn't\nisn't\naren't\nwasn't\nweren't\nwon't\nwouldn't\ncan't\ncannot\n\
couldn't\nshan't\nshouldn't\nhasn't\nhaven't\nhadn't\nmustn't\nneedn't\nain't\no'clock\ny'all\nma'am\n\
what're\nhow'd\nwhere'd\nwhy'd\nok\nokay\nemail\nonline\nwebsite\nlogin\nupdate\npls\nplz\nlol\nomg\nbtw";

/// Software, products and other things that are written with a capital and are no names of ours.
const WORKS: &str = "linux\nunix\nposix\ngnu\ndebian\nubuntu\nfedora\ncentos\nwindows\nmacos\nios\nandroid\n\
python\njava\njavascript\ntypescript\nrust\nkotlin\nswift\nruby\nperl\nphp\nhaskell\nscala\nsql\nmysql\n\
postgres\npostgresql\nsqlite\nredis\nmongodb\nkafka\nkubernetes\ndocker\nterraform\nansible\njenkins\n\
nginx\ngit\nsvn\nvim\nemacs\nvscode\nexcel\nword\npowerpoint\noutlook\nsharepoint\nphotoshop\nacrobat\n\
chrome\nfirefox\nsafari\nedge\nalexa\nsiri\nkindle\niphone\nipad\nimac\nmacbook\nairpods\nplaystation\n\
xbox\nminecraft\nfortnite\nlego\nbarbie\nbitcoin\nethereum\nbluetooth\nwi\nwifi\nusb\nhtml\ncss\njson\nxml\n\
yaml\ncsv\npdf\nhttp\nhttps\nurl\nuri\napi\nsdk\ncli\ngui\nide\nram\ncpu\ngpu\nssd\nvpn\ndns\ntcp\nudp\nip\n\
tls\nssl\nssh\nftp\nsmtp\nimap\noauth\nsaml\njwt\nunicode\nascii\nutf\nsha\naes\nrsa\nkms\nnitro\naws\nec2\n\
s3\nazure\ngcp\ngdpr\nhipaa\nccpa\nfaq\nreadme\nchangelog\nmakefile\ncovid\nhiv\nmri\necg\nekg\ndna\nrna\n\
metformin\naspirin\nibuprofen\nparacetamol\nacetaminophen\namoxicillin\nwarfarin\ninsulin\nlisinopril\n\
atorvastatin\nomeprazole\nprednisone\nmorphine\npenicillin\nsertraline\nhypertension\nasthma\npneumonia\n\
influenza\nceo\ncto\ncfo\ncoo\nhr\nkpi\nroi\nvat\neta\nasap\nfyi\ndob\ntel\nfax\nmrn\nssn\niban\nrfc\niso\n\
ieee\nutc\ngmt\nest\npst\ncet\nmib\nkib\ngib\nkb\nmb\ngb\ntb\nkg\nkm\ncm\nmm\nmg\nml";

/// What is known of words.
pub struct Lexicon {
    /// Open addressing: the high 48 bits of a hash and 16 bits of knowledge; 0 is free.
    slots: Vec<u64>,
}

/// Slots of the table: a power of two, about twice the entries.
const SLOTS: usize = 1 << 17;

/// The bits of a slot that are the hash.
const KEY: u64 = !0xffff;

impl Lexicon {
    /// Reads the lists.
    pub fn new() -> Self {
        let mut lexicon = Self {
            slots: vec![0; SLOTS],
        };
        let mut tokens = Vec::with_capacity(MAX_TOKENS);
        for (list, bit) in LISTS {
            for line in list.lines() {
                lexicon.enter(line, bit, &mut tokens);
            }
        }
        lexicon
    }

    /// What is known of the word of this hash.
    pub fn bits(&self, hash: u64) -> u32 {
        let mut at = slot(hash);
        for _ in 0..SLOTS {
            match self.slots.get(at) {
                None | Some(0) => return 0,
                Some(entry) if entry & KEY == hash & KEY => return low(*entry),
                Some(_) => at = (at + 1) & (SLOTS - 1),
            }
        }
        0
    }

    /// What is known of the token: of its word, and whether it is a form of an ordinary word.
    pub(super) fn knowledge(&self, token: &Token) -> u32 {
        let bits = self.bits(token.hash);
        if bits & (COMMON | LABEL) != 0 {
            return bits;
        }
        let of_a_word = |base: &&u64| self.bits(**base) & COMMON != 0;
        let form = token
            .bases
            .iter()
            .filter(|base| **base != 0)
            .any(|base| of_a_word(&base));
        if form { bits | FORM } else { bits }
    }

    /// Marks the places and organisations of several words in a sentence.
    pub(super) fn mark_long_names(&self, tokens: &mut [Token]) {
        for first in 0..tokens.len() {
            if tokens[first].bits & FIRST == 0 {
                continue;
            }
            let mut hash = Joined::default();
            let mut words = 0;
            let mut best = (0_usize, 0_u32);
            for (at, token) in tokens.iter().enumerate().skip(first).take(LONGEST) {
                if joins(token) {
                    continue;
                }
                hash.word(token.hash);
                words += 1;
                let bits = self.bits(hash.finish()) & (PLACE | ORGANIZATION);
                if words > 1 && bits != 0 {
                    best = (at + 1, bits);
                }
            }
            let (end, bits) = best;
            let place = if bits & PLACE == 0 { 0 } else { LONG_PLACE };
            let body = if bits & ORGANIZATION == 0 {
                0
            } else {
                LONG_ORGANIZATION
            };
            for token in tokens.iter_mut().take(end).skip(first) {
                token.bits |= place | body;
            }
        }
    }

    fn enter(&mut self, name: &str, bit: u32, tokens: &mut Vec<Token>) {
        read_sentence(None, name, 0, tokens);
        let mut words = tokens
            .iter()
            .filter(|token| !joins(token) && token.hash != hash_of(b"'s"));
        let (Some(first), second) = (words.next(), words.next()) else {
            return;
        };
        let Some(second) = second else {
            self.add(first.hash, bit);
            return;
        };
        self.add(first.hash, FIRST);
        let mut hash = Joined::default();
        for word in [first, second].into_iter().chain(words) {
            hash.word(word.hash);
        }
        self.add(hash.finish(), bit);
    }

    fn add(&mut self, hash: u64, bits: u32) {
        let mut at = slot(hash);
        for _ in 0..SLOTS {
            let Some(entry) = self.slots.get_mut(at) else {
                return;
            };
            if *entry == 0 || *entry & KEY == hash & KEY {
                *entry = (hash & KEY) | (*entry & !KEY) | u64::from(bits);
                return;
            }
            at = (at + 1) & (SLOTS - 1);
        }
    }
}

impl Default for Lexicon {
    fn default() -> Self {
        Self::new()
    }
}

/// Tokens a name of several words spans at most, with the points and hyphens inside.
const LONGEST: usize = 9;

/// Where the search for a hash begins.
fn slot(hash: u64) -> usize {
    usize::try_from(hash >> 16).unwrap_or_default() & (SLOTS - 1)
}

/// The sixteen bits of knowledge of a slot.
fn low(entry: u64) -> u32 {
    u32::try_from(entry & 0xffff).unwrap_or_default()
}

/// A point or hyphen, which may stand inside a name of the lists or be left out.
fn joins(token: &Token) -> bool {
    token.shape == Shape::Punctuation
        && (token.hash == hash_of(b".") || token.hash == hash_of(b"-"))
}

/// The hash of several words in order.
#[derive(Default)]
struct Joined(u64);

impl Joined {
    fn word(&mut self, hash: u64) {
        self.0 = (self.0.rotate_left(23) ^ hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 31)
    }
}
