// How lake cuts a stream of bytes into blocks of lines.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineBlocks } from '../../../../framework/ingest/pack/line-blocks.ts'

async function blocksOf(chunks: readonly string[], longestLine = 1000): Promise<string[]> {
  const blocks: string[] = []
  async function* stream() {
    for (const chunk of chunks) {
      const memory = Buffer.from(chunk)
      yield memory
      memory.fill('?')
    }
  }
  for await (const { kind, bytes } of lineBlocks(stream(), { longestLine, beginning: 4 })) {
    blocks.push(kind === 'lines' ? bytes.toString() : `too long: ${bytes.toString()}`)
  }
  return blocks
}

describe('a stream of lines', () => {
  it('is cut at newlines only', async () => {
    expect(await blocksOf(['a\nb', 'c', 'd\n', 'e\nf\ng'])).toEqual(['a\n', 'bcd\n', 'e\nf\n', 'g'])
    expect(await blocksOf(['', 'a', '\n', ''])).toEqual(['a\n'])
    expect(await blocksOf([])).toEqual([])
  })

  it('is cut only between lines, and nothing of it is lost, wherever its chunks end', async () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r') }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(pieces, async (chunks) => {
        const blocks = await blocksOf(chunks)
        expect(blocks.join('')).toBe(chunks.join(''))
        for (const block of blocks.slice(0, -1)) expect(block.endsWith('\n')).toBe(true)
      }),
    )
  })

  it('keeps only the beginning of a line that is longer than allowed', async () => {
    expect(await blocksOf(['a\nbbb', 'bbb', 'bbbbb', 'bb\nc\n'], 6)).toEqual(['a\n', 'too long: bbbb', 'c\n'])
    expect(await blocksOf(['bb', 'bbbbbbbbbb'], 6)).toEqual(['too long: bbbb'])
  })
})
