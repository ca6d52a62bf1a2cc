/* What is set right in lists of stop words, which are of others. */

/** Words that a list lacks: without them, those that stand in most texts are looked for. */
const MORE: Readonly<Record<string, string>> = {
  english: 'a',
  romanian: 'a o',
  serbian: `a ali bi bila bile bili bilo će ću da do i ih ili im iz ja je jer joj ju k ka li me mi mu na ne neka ni no o od
    pa po pod pri s sa sam samo se si smo ste su ta te ti to tu u uz vi za`,
  ukrainian: `а або адже б без більше був була були було бути в вам вас ваш вже від він вона вони воно все всі ви де для до є
    ж же за зі і із її їй їм їх його йому коли кого ким лише між мене мені мною моя на над нам нас наш не нею ним них ні
    ну о об один одна от по під після при саме себе свій своя собі ся та так також там твій те тебе тим тих ті той тому тут
    у усе усі хто це цей ця ці цього цьому через чи що щоб я яка яке який які якщо`,
};

/** What letters of a list stand for that was read in another encoding than it was written in. */
const LETTERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lithuanian: { à: 'ą', è: 'č', æ: 'ę', ë: 'ė', á: 'į', ð: 'š', ø: 'ų', û: 'ū', þ: 'ž' },
  serbian: { æ: 'ć', è: 'č', ð: 'đ' },
  ukrainian: { '╡': 'і', '╞': 'ї', '╙': 'є' },
};

/** Serbian is written in both. The first that fits is taken. */
const CYRILLIC = new Map(
  (
    'lj љ nj њ dž џ a а b б v в g г d д đ ђ e е ž ж z з i и j ј k к l л m м n н o о p п r р s с t т ć ћ u у f ф h х ' +
    'c ц č ч š ш'
  )
    .split(' ')
    .flatMap((letters, at, all) => (at % 2 === 0 ? [[letters, all[at + 1]!]] : [])) as [string, string][],
);

const inCyrillic = (word: string): string =>
  word.replace(/lj|nj|dž|./gu, (letters) => CYRILLIC.get(letters) ?? letters);

/** The list of a language, whole. */
export function completed(name: string, list: readonly string[]): string[] {
  const letters = LETTERS[name] ?? {};
  const right = list.map((word) => Array.from(word, (letter) => letters[letter] ?? letter).join(''));
  const all = [...right, ...(MORE[name] ?? '').split(/\s+/).filter((word) => word !== '')];
  return name === 'serbian' ? [...all, ...all.map(inCyrillic)] : all;
}
