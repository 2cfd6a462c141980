/** The longest that a timer takes. */
const LONGEST = 2 ** 31 - 1

/** Keeps the process from exiting while there is a reason to. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined
  #held = false

  hold(held: boolean): void {
    if (held === this.#held) {
      return
    }
    this.#held = held
    if (!held) {
      this.#timer?.unref()
    } else if (this.#timer) {
      this.#timer.ref()
    } else {
      this.#timer = setInterval(() => {}, LONGEST)
    }
  }

  /** Lets go for good. */
  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#held = false
  }
}
