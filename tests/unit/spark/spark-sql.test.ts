// How lake writes names and values in the SQL of Spark.
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../../framework/declare/columns.ts'
import { sparkIdentifier, sparkText, sparkType } from '../../../framework/engines/spark/sql/spark-sql.ts'
import { javaPattern } from '../../../framework/expression/functions/text/java-pattern.ts'

const DECIMAL: ColumnType = { kind: 'decimal', precision: 10, scale: 2 }

describe('SQL of Spark', () => {
  it('writes text so that no character in it has a special meaning', () => {
    expect(sparkText(`it's \\n\0${'$'}{x}\n`)).toBe(`'it\\'s \\\\n\\u0000${'$'}{x}\n'`)
  })

  it('writes any name', () => {
    expect(sparkIdentifier('a`"\\b')).toBe('`a``"\\b`')
  })

  it('has a type for every type of a column', () => {
    const kinds = ['text', 'boolean', 'int', 'bigint', 'double', 'date', 'timestamp'] as const
    const types = [...kinds.map((kind) => sparkType({ kind })), sparkType(DECIMAL)]
    expect(types).toEqual(['STRING', 'BOOLEAN', 'INT', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'DECIMAL(10,2)'])
  })

  it.each([
    ['^a$', '^a\\z'],
    ['\\$.\\.', '\\$[^\\n]\\.'],
    ['[$.&[]', '[$.\\&\\[]'],
    ['a{2}{', 'a{2}\\{'],
    ['\\p{L}[\\s\\d]', '\\p{L}[\\t\\n\\f\\r \\d]'],
    ['[^]$]$', '[^]$]\\z'],
  ])('writes the regular expression %s in the syntax of Java', (source, java) => {
    expect(javaPattern(source)).toBe(java)
  })
})
