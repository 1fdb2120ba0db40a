import { Box, Text } from 'ink'
import { useEffect, useState } from 'react'

/** Lines that were painted and fitted to the terminal before. */
export function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <Box flexDirection="column">
      {lines.map((line, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of a screen is what stands in that place
        <Text key={place} wrap="truncate">
          {line || ' '}
        </Text>
      ))}
    </Box>
  )
}

/** Draws the component anew every so many milliseconds; counts the times. */
export function useTick(everyMs: number): number {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTick((before) => before + 1), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return tick
}
