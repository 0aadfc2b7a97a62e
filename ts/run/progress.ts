/** What a run reports to whoever watches it; nothing depends on anyone listening. */
export type RunProgress =
  | { readonly kind: "run"; readonly runId: string; readonly dir: string }
  | { readonly kind: "phase"; readonly phase: string; readonly done: number; readonly total: number }
  | {
      readonly kind: "step";
      readonly stage: string;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly seconds: number;
    }
  | { readonly kind: "notice"; readonly text: string };

export type OnProgress = (progress: RunProgress) => void;
