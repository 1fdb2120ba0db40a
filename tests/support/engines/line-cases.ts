/**
 * Lines, values and files at the edges of the rules of lines. Tests compare how the parsers read
 * them.
 */
const words = (list: string) =>
  list
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll('␣', ' '))

const NUMBERS = words(`
  0 -0 0.0 -0.0 0e0 -0e5 0e999 0.000e-999 5 5.0 5e0 50e-1 0.5e1 5.000 5E+0 -5 4.7 1e-1 1e-400 1e400 -1e400 1e22 1e23 1e308
  1.7976931348623157e308 1.7976931348623159e308 1e309 5e-324 2.4e-324 2.5e-324 0.1 1.50 -0.050 1.5e2 999.99 -999.99 1000 1.555
  999.990 0.01e3 99999e-2 1e2 1e3 -0.00001 2147483647 -2147483648 2147483648 -2147483649 2147483647.0 21474836470e-1 999999999
  9007199254740993 9223372036854775807 -9223372036854775808 9223372036854775808 -9223372036854775809 9.223372036854775807e18
  999999999999999999 1e18 1e19 12345678901234567890.0 5.00000000000000000001 4503599627370497.4 1e999999999999 1e-999999999999
  1e99999999999999999999999 -1e-99999999999999999999999 0e99999999999999999999999 123456789012345678901234567890123456.78
  01 -01 00 - -- 1. .5 +1 1e 1e+ 1.e5 0x10 1_000 NaN -NaN Infinity -Infinity Inf １ ٣ 1１ 1e１ 1.１ 1f 1d 5,
  null true false True nul nullx undefined {} [] {"a":1} [1,"}"] [1,] {,} [ {
`)

/** Values of nested types, valid or nearly valid. */
const NESTED = String.raw`
  [1,2] [1,null] [null] [[]] [[1]] [1.0,5e0] [1,4.7] [1,"x"] ["a","b"] ["a",null,5] ["a",{}] ["\ud800"] [true] [99999999999]
  [1,␣2␣] ␣[␣1␣] [1,2]␣ [1␣2] [1,,2] [,1] [1,]] ["]"] ["{"] ["\"]",1]
  {"t":"x"} {"t":"x","a":1} {"t":"x","a":null} {"a":1} {"t":null} {"t":"x","a":1.5} {"t":"x","a":"1"} {"t":5,"b":[1]} {"T":"x"}
  {"t":"x","t":"y"} {"t":1,"\u0074":"z"} {"t":"}","a":[]} ␣{␣"t"␣:␣"x"␣,␣"a"␣:␣2␣}␣ {"t":"x",} {"t"} {"t":"{}"} {"t":{}} {"t":"\ud800"}
  [{"a":[1.5,null],"d":1.20}] [{"a":null},{"d":null},{}] [{"d":1.234}] [{"a":[1e999]}] [{"a":{}}] [{"a":[]},[]] [{}] [{"a":[-0.0]}] [null,{}]
`
  .trim()
  .split(/\s+/)
  .map((word) => word.replaceAll('␣', ' '))

const TEXTS = [
  ...words(String.raw`
    1999 1.5 é 😀 true null \u0000 \b\f\n\r\t\"\\\/ \u00e9 \uD7ff\ue000 \ud83d\ude00 \ud800 \udc00 \udc00\ud800 \ud800\ud800\udc00
    \ud800\u0041 \ud800x \ud83d😀 \ \x \' \u \u12 \u12g4 \u+123 \u␣123 \u0x1 \u١٢٣٤ \U0041 \0 a"b today
    2018-11-30 2000-02-29 2016-02-29 0001-01-01 9999-12-31 2018-02-29 1900-02-29 2018-04-31 2018-13-01 0000-01-01 2018-1-1 20181130
    2018-W01-1 2018-00-10 2018-01-00 +2018-01-01 -001-01-01 ２018-01-01 12018-01-01 ␣2018-11-30 2018-11-30␣ 2018-11-30\n
    2018-11-30\u0000 2018-11-3\u0030 2018/11/30
  `),
  ...['', '\0', '\t', '\u001f', '\b', '\u007f', '\u0080\u0085\u2028\u2029\ufeff\uffff', 'é'.repeat(70)],
  ...[58, 59, 60].map((length) => 'x'.repeat(length)),
  ...[57, 58].flatMap((length) => [`${'x'.repeat(length)}😀`, `${'x'.repeat(length)}😀y`]),
  ...[29, 30].map((length) => '😀'.repeat(length)),
  String.raw`\ud83d\ude00`.repeat(6),
]

const DAYS = words('2018-11-30 0001-01-01 9999-12-31 2018-11-31 0000-12-31 1969-12-31 0099-03-01 1582-10-10')
const TIMES = words('T23:59:59 T24:00:00Z T23:60:00Z T23:59:60Z T1:00:00Z ␣23:59:59Z t23:59:59Z T23:59Z T23Z')
const ENDS = words(String.raw`
  Z .1Z .123456Z .999999Z .1234567Z .Z ,5Z z +05:30 -08:00 .000001-00:00 +23:59 -23:59 +24:00 +05:60 +0530 +05 +5:30 -00:00 +00:01 -00:01
  UTC ␣+01:00 Z␣ Z\n ZZ \u005a .１Z +０1:00
`)
const MOMENTS = DAYS.flatMap((day) => [
  ...TIMES.map((time) => day + time),
  ...ENDS.flatMap((end) => [`${day}T23:59:59${end}`, `${day}T00:00:00${end}`]),
])

/** Values of all types, and texts that are no value, as they are in a line. */
export const VALUES = ['', ...NUMBERS, ...NESTED, ...[...TEXTS, ...MOMENTS].map((string) => `"${string}"`)]

const ZEROS = '0'.repeat(10_000)
const NINES = '9'.repeat(5000)

/** Numbers with parts of more digits than Python's int accepts. */
export const LONG_NUMBERS = words(`
  1${ZEROS} 1${ZEROS}1 1${ZEROS}e-10000 -1${ZEROS}.${ZEROS}e-10000 0.${ZEROS}1e10001 0.${ZEROS}1 1.${ZEROS} ${NINES} 0.${NINES}
  1e${ZEROS}2 1e-${ZEROS}2 1e+${ZEROS} 1e${NINES} 1e-${NINES} 0e${NINES} 0.${ZEROS}e${NINES} 1.${NINES}e308 ${'1'.repeat(309)}.5
  4.9406564584124654${ZEROS}1e-324 2.4703282292062327${ZEROS}1e-324 2.4703282292062328${ZEROS}e-324
  9007199254740993.${ZEROS}1 9007199254740993.${ZEROS} 17976931348623158079${'3'.repeat(289)}
`)

const SPACES = [
  ...[
    '',
    ' ',
    '\t',
    '\r',
    '\v',
    '\f',
    '\0',
    '\u001c',
    '\u001f',
    '\u0085',
    '\u00a0',
    '\u1680',
    '\u180e',
    '\u2000',
    '\u200a',
  ],
  ...['\u200b', '\u2028', '\u2029', '\u202f', '\u205f', '\u2060', '\u3000', '\ufeff', ' \t\u00a0\ufeff '],
]

const OBJECTS = words(String.raw`
  "t":"x" "i":1 "t":"x","i":1, ,"t":"x","i":1 "t":"x"␣"i":1 "t":"x";"i":1 "t":"x",,"i":1 "t"␣"x","i":1 "t" "t":,"i":1 't':'x','i':1
  t:"x","i":1 "t"::"x","i":1 "t":"x","i":1,"x" "t":"x","i":1,"x": 1:2,"t":"x","i":1 "t":"x","i":1,"t":"y" "t":1,"\u0074":"z","i":1
  "t":"x","i":"x","i":2 "t":"x","i":2,"i":"x" "t":"x","i":1,"i":null "t":null,"i":1 "t":"x","i":null "t":"","i":1 "t":"x","i":1,"e":""
  "t":"x","i":1,"e":null "t":"x","i":1,"e":"␣" "t":"x","i":1,"e":"\u0020" "t":"x","i":1,"u":"\ud800" "t":"x","i":1,"\ud800":1
  "t":"x","i":1,"s":"\ud800" "t":"x","i":1,"u":1e999 "t":"x","i":1,"u":NaN "t":"x","i":1,"u":[NaN] "t":"x","i":1,"u":-Infinity
  "t":"x","i":1,"u":{"a":01} "t":"x","i":1,"u":[1,] "t":"x","i":1,"u":{"a":1,} "t":"x","i":1,"u":{"a"} "t":"x","i":1,"u":[}]
  "t":"x","i":1,"u":{"a":[{"b":[]}]} "t":"x","i":1,"u":[{]} "t":"x","i":1,"u":{1:2} "t":"x","i":1,"u":[1␣2] "t":"x","i":1,"u":[1:2]
  "n":{"t":[1,"}",{"t":7}]},"s":"\\\",\"t\":8","t":5e0,"o":[[],{}],"__proto__":{"t":9},"i":1 "t":😀 "t":"x","i":1,"clé":"y","cl\u00e9":"z"
`).map((inside) => `{${inside}}`)

export const WHOLE_LINES = [
  ...words('{} { } [] [1] "{}" null true false 1 -1.5e3 " """ {}␣{} {}x {}} [1,2 no {}, {};'),
  ...OBJECTS,
  ...OBJECTS.map((line) => ` ${line}`),
  ...SPACES.flatMap((space) => [
    space,
    `${space}{"t":"x","i":1}`,
    `{"t":"x","i":1}${space}`,
    `{${space}"t":"x","i":1}`,
    `{"t":${space}"x","i":1}`,
  ]),
]

const ROW = '{"t":"x","i":1}'

/**
 * Files that begin and end in every way. `^` is the byte order mark, and `{}` is a row. Line ends
 * are themselves.
 */
export const FILES = [
  ...[
    '',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\r\r',
    '^',
    '^\n',
    '^\r\n',
    '^^',
    '\n^',
    '{}',
    '{}\n',
    '{}\r',
    '{}\r\n',
    '{}\r\r\n',
    '{}\r\r',
  ],
  ...[
    '{}\n\r\n\n{}',
    '^{}',
    '^{}\n^{}',
    '^^{}',
    '\r{}',
    ' {}\r\r\n',
    'no\r\r\n',
    'no\r',
    '^no',
    '{}\0\n',
    '\u2028\n{}\u2028{}',
  ],
  ...['{}\v{}', '{}\u0085', '{}\u001c\n', '\u001c\n{}', '{"t":\r"x","i":1.0}\r\r\n'],
].map((file) => file.replaceAll('{}', ROW).replaceAll('^', '\ufeff'))
