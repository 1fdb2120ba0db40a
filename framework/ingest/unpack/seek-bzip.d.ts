/** Types the parts of seek-bzip by which lake unpacks one block after another. */
declare module 'seek-bzip' {
  export class Stream {
    readByte(): number
  }

  export interface ByteOutput {
    writeByte(byte: number): void
  }

  class Bunzip {
    static readonly Stream: typeof Stream
    readonly reader: { read(bits: number): number }
    readonly streamCRC: number
    constructor(input: Stream, output: ByteOutput)
    /** Reads a block. False at the end of the stream. */
    _init_block(): boolean
    /** Writes the block. */
    _read_bunzip(): void
    /** Begins the next stream. */
    _start_bunzip(input: Stream, output: ByteOutput): void
  }
  export default Bunzip
}
