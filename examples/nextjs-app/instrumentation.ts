/** Opens the engine when the server starts, so that work goes on before the first request comes. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { engine } = await import('./lib/engine')
    await engine()
  }
}
