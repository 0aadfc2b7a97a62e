/** How the calls over one channel go: a worker of which all ended well may serve another run. */
export class CallRecord {
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #failed = false;

  /** Counts a call; what is returned is told once how it ended, and whatever it is told after that is nothing. */
  begin(): (isWell: boolean) => void {
    this.#open += 1;
    let over = false;
    return (isWell) => {
      if (over) return;
      over = true;
      this.#open -= 1;
      if (!isWell) this.#failed = true;
      if (this.#open === 0) for (const tell of this.#waiting.splice(0)) tell();
    };
  }

  /**
   * True when every call has ended and each of them well: none failed, was cancelled or left early.
   *
   * @param waitMs - longest wait for those that are open: a stream ends a moment after its last message.
   */
  async endedWell(waitMs: number): Promise<boolean> {
    if (this.#open > 0 && !this.#failed) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        timer = setTimeout(resolve, waitMs);
      });
      clearTimeout(timer);
    }
    return this.#open === 0 && !this.#failed;
  }
}
