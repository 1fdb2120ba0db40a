/** Renders painted lines with Ink, and redraws at intervals. */
import { Box, Text } from 'ink'
import { useEffect, useState } from 'react'

/** Lines that already have colours and fit the terminal. */
export function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of a screen is identified by its position
        <Text key={index} wrap="truncate">
          {line || ' '}
        </Text>
      ))}
    </Box>
  )
}

/** Redraws the component every `everyMs` milliseconds. Returns the number of redraws. */
export function useTick(everyMs: number): number {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTick((before) => before + 1), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return tick
}
