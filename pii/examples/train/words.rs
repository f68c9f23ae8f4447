//! What fills the templates besides the lists of `pii/model`. Each constant is a list; `|` parts it.

/// Titles before a surname, as they are written.
pub(crate) const TITLES: &str = "Mr|Mr.|Mr|Mrs|Mrs.|Ms|Ms.|Miss|Dr|Dr.|Dr|Prof.|Professor|Sir|Rev.|Captain|Judge|Senator|Lord|\
Lady|Mx|Sgt|Aunt|Uncle|Inspector|Officer|Sister|Father|Colonel|Herr|Frau|Madame|Monsieur";

/// Occupations.
pub(crate) const JOBS: &str = "Senior Engineer|Project Manager|Head of Marketing|nurse|teacher|lawyer|Software Developer|\
Chief Executive Officer|accountant|driver|Sales Director|Research Fellow|Account Manager|\
plumber|Data Analyst|Vice President|CEO|Chief Technology Officer|Customer Support Agent|student|\
Professor of Chemistry|electrician|Managing Director|HR Manager|Team Lead|journalist|farmer|\
Executive Assistant|Product Owner|Office Manager|Solutions Architect|baker";

/// Things with names of their own.
pub(crate) const PRODUCTS: &str = "iPhone 14 Pro|Galaxy S22|Windows 11|Excel|PlayStation 5|Kindle|MacBook Air|Photoshop|Outlook|\
Xbox|ThinkPad|Android|Nespresso Machine|AirPods|Word|Corolla|Golf GTI|Model 3|Chrome|Firefox|\
Office 365|Teams|Alexa|Siri|Pro Max|Smart TV|Premium Plan|Gold Card|Python 3|Java|\
Bluetooth Speaker|Barbie|Lego|Monopoly|Ultra HD Monitor|Sky Box|Fire Stick|GoPro Hero|\
Wi-Fi Router|Dishwasher X200|Turbo Vac|Walkman|Minecraft|Fortnite|Zelda";

/// Short forms.
pub(crate) const ACRONYMS: &str = "API|CEO|HR|IT|FAQ|PDF|URL|HTTP|JSON|GDPR|VAT|DNA|MRI|ECG|CT|BP|TV|PC|USB|ATM|PIN|SMS|ETA|ASAP|\
FYI|KPI|ROI|SQL|CSS|AI|ML|UI|UX|QA|PR|ID|OK|PS|AM|PM|UTC|GMT";

/// Identifiers as programs have them.
pub(crate) const CODE: &str = "UserService|getName|OrderController|maxRetries|HttpClient|Customer|Address|PersonDto|nameField|\
toString|BaseModel|AppConfig|user_name|MAX_SIZE|EventBus|List|Map|String|Optional|Session|\
README|Button|Router|CityRepository|Main|TestCase|first_name|Iterator|Parser|NodeList";

/// Months and days.
pub(crate) const MONTHS: &str =
    "January|February|March|April|May|June|July|August|September|October|November|December";
/// Days of the week.
pub(crate) const DAYS: &str = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday";

/// Given names that are words too; the lists hold them once among thousands.
pub(crate) const AMBIGUOUS: &str = "mark|will|rose|grace|may|april|june|hope|faith|joy|frank|jack|bill|grant|drew|dawn|pat|chase|\
art|ray|sue|penny|amber|crystal|dean|summer|wade|gene|miles|guy|ivy|iris|lily|daisy";

/// Given names that many people have.
pub(crate) const FREQUENT: &str = "james|mary|john|sarah|david|emma|michael|anna|peter|laura|tom|kate|ahmed|fatima|wei|priya|jose|\
maria|juan|sofia|luca|giulia|hans|ingrid|pierre|chloe|ivan|olga|kenji|yuki|kwame|amina|ali|raj|\
sanjay|liam|olivia|noah|ben|sam|alex|chris|lucy|george|omar|leila|tariq|mei|jin|aisha|diego|\
carlos|elena|marta|bob|alice|jane|paul|jim|mike|dan|steve|nick|matt|tim|amy|lisa";

/// Small words inside surnames.
pub(crate) const PARTICLES: &str = "de|van|von|van der|de la|del|di|da|dos|el|al|bin|le|du|van den|ter|della|ben|ibn|De|Van|Di|Le|\
La|St.";

/// Kinds of streets and how often they are met, by repetition.
pub(crate) const STREETS: &str = "Street|Street|Street|Road|Road|Road|Avenue|Avenue|Lane|Lane|Drive|Drive|Close|Court|Crescent|\
Place|Square|Terrace|Way|Boulevard|St|St.|Rd|Rd.|Ave|Ave.|Ln|Dr|Dr.|Blvd|Blvd.|Ct|Parkway|\
Highway|Hill|Gardens|Grove|Mews|Row|Walk|Park|Circle|Trail|Green";

/// First parts of streets that are words.
pub(crate) const STREET_NAMES: &str = "High|Main|Church|Station|Park|Oak|Maple|Elm|Mill|School|Victoria|Queen|King|Kings|Queens|North|\
South|Green|Spring|Lake|Hill|Cedar|Pine|Washington|Market|Bridge|London|Manor|Grange|\
Springfield|Long|New|Broad|Castle|Chapel|West|East|Sunset|River|Forest|Meadow|1st|2nd|3rd|5th|\
42nd|Fifth|Second|Third|Willow|Birch|Rose";

/// Endings of companies.
pub(crate) const COMPANY_ENDS: &str = "Ltd|Ltd.|Limited|Inc|Inc.|LLC|LLP|PLC|plc|GmbH|AG|S.A.|SE|B.V.|Corp|Corp.|Corporation|Co.|\
Company|Group|Holdings|Partners|Associates|Solutions|Systems|Technologies|Industries|\
Enterprises|Consulting|Labs|Software|Pharmaceuticals|Logistics|Motors|Airlines|Bank|Insurance|\
Capital|Ventures|Foundation|Trust|Institute|Pty Ltd|& Sons|& Co|Brothers|Bros|Construction|\
Builders|Energy|Electric|Media|Studios|Foods|Hotels|Solicitors|Law Firm|Dental|Plumbing|Roofing|\
Catering|Cleaning|Travel|Toys|Books|Textiles|Chemicals|Steel|Paper|Gas|Water|Telecom|Biotech|\
Gaming|Aerospace|Shipping|Realty|Properties|Estates|Accountants|Architects|Garage|Nursery|\
Care Home|LLP|LLC|Ltd|Inc|Bakery|Pharmacy|Services|International|S.p.A.|AB|Oy";

/// Public bodies that have a place before their name.
pub(crate) const PLACE_BODIES: &str = "University|City Council|County Council|General Hospital|Police|Police Department|Hospital|\
Medical Center|College|High School|Grammar School|Library|Museum|Airport Authority|\
School of Medicine|Fire Department|Public Schools|Times|United|FC|City|Herald|Clinic|\
Chamber of Commerce|Airways|Bank|Football Club|Post|Royal Infirmary|Housing Association|\
Primary School|District Court|Symphony";

/// Bodies that come before `of` and a place or a field.
pub(crate) const BODIES_OF: &str = "University of|Bank of|Bishop's College of|Church of|Government of|City of|Museum of|\
Institute of|State University of|Royal College of|The University of";

/// Bodies with a field.
pub(crate) const FIELD_BODIES: &str = "Department of Health|Ministry of Defence|Department of Justice|Ministry of Finance|\
Department for Education|Home Office|Supreme Court|House of Commons|Treasury|\
National Health Service|Federal Reserve|Social Security Administration|Labour Party|\
Department of Motor Vehicles|Royal Society|National Trust|British Museum|Congress|\
Inland Revenue|High Court|Food and Drug Administration|Conservative Party|FBI|\
Ministry of Foreign Affairs|World Health Organization|Red Cross|Court of Appeal|\
Environment Agency|European Commission|Green Party|Republican Party|NATO|NASA|Democratic Party|\
Citizens Advice|Salvation Army|Royal Navy|U.S. Army|Interpol";

/// Words that companies call themselves by.
pub(crate) const COMPANY_WORDS: &str = "Global|Summit|Apex|Blue|Bright|Pioneer|Northern|First|Green|Silver|Golden|Red|United|Atlas|\
Delta|Omega|Nova|Crystal|Liberty|Premier|Pacific|Atlantic|Evergreen|Horizon|Sterling|Eagle|Lion|\
River|Stone|Quantum|Fusion|Vertex|Pinnacle|Orchard|Harbor|Cedar|Phoenix|Royal";

/// Parts of made-up words.
pub(crate) const SYLLABLES: &str = "ba|be|bra|ca|chi|da|den|do|el|fa|fen|ga|gor|ha|hel|ji|ka|kel|kri|la|len|li|lo|ma|mar|mi|mo|na|\
ne|ni|no|nu|o|or|pa|pre|qui|ra|ri|ro|sa|sha|si|so|ta|te|tha|to|tri|u|va|vi|wa|wi|xi|ya|yo|za|ze|\
zu";

/// How made-up surnames end.
pub(crate) const SURNAME_ENDS: &str = "son|sen|ski|sky|ov|ova|ic|vic|escu|man|mann|berg|stein|er|ez|es|i|o|a|ini|elli|wala|pur|nen|\
dottir|oglu|yan|dze|shvili|ko|enko|wicz|ton|ley|ford|well|wu|moto|mura|ng";

/// How made-up places end.
pub(crate) const PLACE_ENDS: &str = "ton|ville|burg|berg|ham|ford|field|port|mouth|chester|bury|stad|grad|pur|abad|ia|land|wick|by|\
dale|haven|bridge|worth";

/// Letters of a state as they stand before a ZIP code.
pub(crate) const STATES: &str = "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|\
NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WI";

/// Second words of places.
pub(crate) const PLACE_SECONDS: &str = "Grove|Hills|Springs|Falls|Beach|Heights|City|Valley|Bay|Creek|Island|Park|Lake|Point|Junction|\
Green|Cross|Common|Hill|Mountain|County|River|Forest|Bridge|Rock|Canyon|Desert|Peninsula|Abbey|\
Castle";

/// Small words that sentences are made with.
pub(crate) const SMALL: &str = "the|the|the|a|of|of|and|and|to|in|that|it|is|was|for|on|with|as|his|her|he|she|they|at|by|not|\
but|had|have|from|be|this|which|or|were|all|there|when|who|so|no|an|their|its|into|out|up|if|\
about|what|would|could|been|has|more|than|them|then|some|very|my|me|you|your|we|our|over";

/// Software and standards, as technical prose names them.
pub(crate) const TECHNICAL: &str = "Linux|Unix|POSIX|GNU|Debian|Ubuntu|Python|Java|JavaScript|Rust|Go|Perl|PHP|SQL|MySQL|PostgreSQL|\
SQLite|Redis|Kafka|Docker|Kubernetes|Git|GitHub Actions|Emacs|Vim|HTTP|TLS|SSH|JSON|XML|YAML|\
Unicode|UTF-8|ASCII|SHA-256|AES|RSA|X.509|RFC 5322|ISO 8601|AWS|EC2|S3|Bash|Makefile|README|\
CMake|Cargo|npm|React|Angular|Node.js|Django|OpenSSL|OpenStack|Mach|Windows NT|System V|BSD|x86|\
ARM|RISC-V|LLVM|MIME|IPv6|DNS|TCP|UDP|Wi-Fi|USB-C|HDMI|General Public License|API|MIT License|\
Apache License|Creative Commons|Terms of Service|Data Processing Addendum";

/// Places that have an article.
pub(crate) const COUNTRIES: &str = "United States|United Kingdom|Netherlands|Philippines|Bahamas|Gambia|US|UK|U.S.|EU|Middle East|\
Caribbean|Balkans|Alps|Thames|Nile|Bronx|Hague|Midlands|Maldives|Seychelles|Czech Republic|\
Pacific|Atlantic|Rhine|Sahara|Highlands|Bay Area|West Coast|East End|Lake District|Amazon|\
Danube|Andes";

/// What companies deal in, as their names end.
pub(crate) const TRADES: &str = "Marketing|Carpets|Widgets|Windows|Kitchens|Cars|Homes|Furniture|Fashion|Jewellers|Optics|\
Fitness|Design|Printing|Security|Recruitment|Staffing|Training|Tools|Tyres|Trading|Farms|Dairy|\
Brewery|Wines|Coffee|Pizza|Kitchen|Diner|Grill|Pets|Water|Gas|Electrical|Networks|Wireless|\
Mobile|Rail|Trains|Buses|Taxis|Cruises|Tours|Flooring|Glass|Gardens|Flowers|Mortgages|Loans|\
Savings|Wealth|Advisors|Analytics|Data|Cloud|Digital|Health|Medical|Dental|Vision|Pharma|Care|\
Learning|Education|Publishing|Records|Pictures|Games|Sports|Toys|Outfitters|Interiors|Lighting|\
Plastics";

/// Medicines and what is measured in blood.
pub(crate) const DRUGS: &str = "Metformin|Aspirin|Ibuprofen|Lisinopril|Paracetamol|Amoxicillin|\
Warfarin|Insulin|Atorvastatin|Omeprazole|Sertraline|Gabapentin|Amlodipine|Losartan|Albuterol|\
Levothyroxine|Prednisone|Citalopram|Tramadol|Codeine|Morphine|Heparin|Vancomycin|Ceftriaxone|\
Doxycycline|Furosemide|Bisoprolol|Ramipril|Clopidogrel|Lithium|Diazepam|Creatinine|Troponin|\
Haemoglobin|Potassium|Sodium|Bilirubin|Albumin|Ferritin|Glucose|Cholesterol|Lipitor|Zoloft|Ventolin|\
Tylenol|Advil|Prozac|Xanax|Valium|Lantus|Humira|Plavix|Crestor|Nexium|Botox|Viagra";

/// Endings of medicines that are made up.
pub(crate) const DRUG_ENDS: &str =
    "ine|in|ol|mab|pril|statin|cillin|mycin|azole|tide|vir|one|ate|ium|tin";

/// What patients have.
pub(crate) const AILMENTS: &str = "Bronchitis|Pneumonia|Diabetes|Hypertension|Asthma|Influenza|Migraine|\
Anemia|Anaemia|Appendicitis|Sepsis|Gastritis|Dermatitis|Psoriasis|Arthritis|Osteoporosis|Epilepsy|\
Kidney Disease|Heart Failure|Renal Failure|Back Pain|Otitis Media|Sinusitis|Cellulitis|Depression|\
Atrial Fibrillation|Coronary Artery Disease|Pancreatitis|Hepatitis|Hypothyroidism|Thrombosis|Stroke";
