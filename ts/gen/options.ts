// @generated from ts/schema/options by scripts/generate.mjs; do not edit.

/** Options of `phantomCt`. */
export interface PhantomOptions {
  /**
   * Seed of the training phantoms; the held-out ones come from a stream of their own.
   *
   * A whole number of at least 0. Default: `1`.
   */
  readonly seed?: number;
  /**
   * Volumes of each split.
   *
   * `train`, `validation`, `test`.
   */
  readonly volumes: {
    /**
     * Volumes to train on.
     *
     * A whole number of at least 1. Unit: volumes.
     */
    readonly train: number;
    /**
     * Volumes to choose by.
     *
     * A whole number of at least 0. Unit: volumes.
     */
    readonly validation: number;
    /**
     * Volumes to report on.
     *
     * A whole number of at least 1. Unit: volumes.
     */
    readonly test: number;
  };
  /**
   * Slices of the 2D pre-training set.
   *
   * A whole number of at least 0. Unit: slices. Default: `0`.
   */
  readonly slices?: number;
  /**
   * Slices held out of it: what has options is asked in 2D before the lift, and again after the last stage.
   *
   * A whole number of at least 0. Unit: slices. Default: `0`.
   */
  readonly heldOutSlices?: number;
  /**
   * Slices, rows and columns every volume is brought to.
   *
   * Three of: a whole number of at least 1. Unit: voxels. Default: `[16, 48, 48]`.
   */
  readonly sizeDHW?: readonly [number, number, number];
  /**
   * Values that are kept when a volume is prepared.
   *
   * `low`, `high`. Unit: HU. Default: `{low: -1024, high: 2000}`.
   */
  readonly windowHu?: {
    /**
     * Values below count as this.
     *
     * A number. Unit: HU.
     */
    readonly low: number;
    /**
     * Values above count as this.
     *
     * A number. Unit: HU.
     */
    readonly high: number;
  };
}

/** Options of `ctFolder`. */
export interface FolderOptions {
  /**
   * Slices, rows and columns every volume is brought to.
   *
   * Three of: a whole number of at least 1. Unit: voxels.
   */
  readonly sizeDHW: readonly [number, number, number];
  /**
   * Values that are kept when a volume is prepared.
   *
   * `low`, `high`. Unit: HU.
   */
  readonly windowHu: {
    /**
     * Values below count as this.
     *
     * A number. Unit: HU.
     */
    readonly low: number;
    /**
     * Values above count as this.
     *
     * A number. Unit: HU.
     */
    readonly high: number;
  };
  /**
   * Distance of voxels that every volume is brought to before its window and its size.
   *
   * Three of: a number above 0, at most 100. Unit: mm. Default: the scan's own.
   */
  readonly spacingMmDHW?: readonly [number, number, number];
  /**
   * Keeps the box of what lies above the window's lower end.
   *
   * `foreground`. Default: the whole volume is kept.
   */
  readonly crop?: "foreground";
  /**
   * How the size is reached: by resizing, or at the scale there is by cutting and padding about the middle.
   *
   * `stretch`, `pad`. Default: stretch.
   */
  readonly fit?: "stretch" | "pad";
  /**
   * How new voxels are made: as means where an axis shrinks, or as points between old ones, as MONAI does.
   *
   * `area`, `linear`. Default: area.
   */
  readonly sampling?: "area" | "linear";
  /**
   * The axis slices are stacked along: as acquired, or always axial.
   *
   * `axial`, `acquired`. Default: `acquired`.
   */
  readonly stack?: "axial" | "acquired";
  /**
   * Why test cases may stand in the training all the same; it stands in every number.
   *
   * Text. Default: a split that leaks is refused.
   */
  readonly allowLeak?: string;
}

/** Shares of the subjects in each split; they sum to 1. */
export interface SplitOptions {
  /**
   * Share to train on.
   *
   * A number of at least 0, at most 1.
   */
  readonly train: number;
  /**
   * Share to choose by.
   *
   * A number of at least 0, at most 1.
   */
  readonly validation: number;
  /**
   * Share to report on.
   *
   * A number of at least 0, at most 1.
   */
  readonly test: number;
  /**
   * The unit that is never split.
   *
   * `patient`.
   */
  readonly by: "patient";
}

/** Options of a data set in a known layout. */
export interface LayoutOptions {
  /**
   * Folder of the scans, where they lie elsewhere.
   *
   * Text. Default: its own folder.
   */
  readonly scans?: string;
  /**
   * What the columns of one's own tables are called.
   *
   * `id`, `case`, `patient`, `image`, `series`, `split`, `report`, `question`, `choices`, `answer`, `type`. Default: columns of our own names.
   */
  readonly columns?: {
    /**
     * The row's id, unique in the data set.
     *
     * Text. Default: a column of this name.
     */
    readonly id?: string;
    /**
     * The scan's id; its path when absent.
     *
     * Text. Default: a column of this name.
     */
    readonly case?: string;
    /**
     * The patient: the unit of splits and intervals; the case when absent.
     *
     * Text. Default: a column of this name.
     */
    readonly patient?: string;
    /**
     * The scan's path, relative to the table.
     *
     * Text. Default: a column of this name.
     */
    readonly image?: string;
    /**
     * Which series of a folder of several, by the id that its listing shows.
     *
     * Text. Default: a column of this name.
     */
    readonly series?: string;
    /**
     * The split: train, validation or test.
     *
     * Text. Default: a column of this name.
     */
    readonly split?: string;
    /**
     * The report of the scan.
     *
     * Text. Default: a column of this name.
     */
    readonly report?: string;
    /**
     * A question about the scan.
     *
     * Text. Default: a column of this name.
     */
    readonly question?: string;
    /**
     * Its options: a list, or text between |.
     *
     * Text. Default: a column of this name.
     */
    readonly choices?: string;
    /**
     * Its answer: of choices the text or the letter of one.
     *
     * Text. Default: a column of this name.
     */
    readonly answer?: string;
    /**
     * Type of the question, any text.
     *
     * Text. Default: a column of this name.
     */
    readonly type?: string;
  };
  /**
   * What voxels are: HU, or shades of a picture in 0..1, of which the HU gate is not asked.
   *
   * `hu`, `picture`. Default: `picture` where layout is `m3d-cap`, `picture` where layout is `m3d-vqa`, else `hu`.
   */
  readonly intensity?: "hu" | "picture";
  /**
   * Slices, rows and columns every volume is brought to.
   *
   * Three of: a whole number of at least 1. Unit: voxels.
   */
  readonly sizeDHW: readonly [number, number, number];
  /**
   * Values that are kept when a volume is prepared.
   *
   * `low`, `high`. Unit: HU.
   */
  readonly windowHu: {
    /**
     * Values below count as this.
     *
     * A number. Unit: HU.
     */
    readonly low: number;
    /**
     * Values above count as this.
     *
     * A number. Unit: HU.
     */
    readonly high: number;
  };
  /**
   * Distance of voxels that every volume is brought to before its window and its size.
   *
   * Three of: a number above 0, at most 100. Unit: mm. Default: the scan's own.
   */
  readonly spacingMmDHW?: readonly [number, number, number];
  /**
   * Keeps the box of what lies above the window's lower end.
   *
   * `foreground`. Default: the whole volume is kept.
   */
  readonly crop?: "foreground";
  /**
   * How the size is reached: by resizing, or at the scale there is by cutting and padding about the middle.
   *
   * `stretch`, `pad`. Default: stretch.
   */
  readonly fit?: "stretch" | "pad";
  /**
   * How new voxels are made: as means where an axis shrinks, or as points between old ones, as MONAI does.
   *
   * `area`, `linear`. Default: area.
   */
  readonly sampling?: "area" | "linear";
  /**
   * The axis slices are stacked along: as acquired, or always axial.
   *
   * `axial`, `acquired`. Default: `acquired`.
   */
  readonly stack?: "axial" | "acquired";
  /**
   * The problems.jsonl of `tomoe data verify`: what it refuses is left out, with the reasons in the record.
   *
   * Text. Default: nothing is left out.
   */
  readonly problems?: string;
  /**
   * A table of cases and their splits, as `tomoe data split` writes it, in place of the data set's own.
   *
   * Text. Default: the data set's own splits.
   */
  readonly splits?: string;
  /**
   * The certificate.json of `tomoe data certify`: rows and scans have to be those; its digest stands in every number.
   *
   * Text. Default: nothing is checked.
   */
  readonly certificate?: string;
  /**
   * Why test cases may stand in the training all the same; it stands in every number.
   *
   * Text. Default: a split that leaks is refused.
   */
  readonly allowLeak?: string;
}

/** Options of `tinyPhi3v`. */
export interface TinyPhi3vOptions<Phase> {
  /**
   * The CLIP vision transformer.
   *
   * `imageSize`, `patchSize`, `hidden`, `layers`, `heads`, `mlp`.
   */
  readonly vision: {
    /**
     * Side of a slice.
     *
     * A whole number of at least 1. Unit: pixels.
     */
    readonly imageSize: number;
    /**
     * Side of a patch; divides the image size.
     *
     * A whole number of at least 1. Unit: pixels.
     */
    readonly patchSize: number;
    /**
     * Width of a token.
     *
     * A whole number of at least 1.
     */
    readonly hidden: number;
    /**
     * Transformer blocks; features are read before the last.
     *
     * A whole number of at least 2.
     */
    readonly layers: number;
    /**
     * Attention heads, each of an even width.
     *
     * A whole number of at least 1.
     */
    readonly heads: number;
    /**
     * Width inside the MLP.
     *
     * A whole number of at least 1.
     */
    readonly mlp: number;
  };
  /**
   * The Phi-3 decoder.
   *
   * `vocab`, `hidden`, `layers`, `heads`, `keyValueHeads`, `mlp`, `maxPositions`, `ropeTheta`, `initialStd`.
   */
  readonly language: {
    /**
     * Largest vocabulary of the tokenizer that is fitted: bytes, marks and merged pieces.
     *
     * A whole number of at least 300. Unit: tokens.
     */
    readonly vocab: number;
    /**
     * Width of a token.
     *
     * A whole number of at least 1.
     */
    readonly hidden: number;
    /**
     * Transformer blocks.
     *
     * A whole number of at least 1.
     */
    readonly layers: number;
    /**
     * Attention heads, each of an even width.
     *
     * A whole number of at least 1.
     */
    readonly heads: number;
    /**
     * Heads of keys and values; divides the heads.
     *
     * A whole number of at least 1.
     */
    readonly keyValueHeads: number;
    /**
     * Width inside the MLP.
     *
     * A whole number of at least 1.
     */
    readonly mlp: number;
    /**
     * Longest sequence: image, prompt and answer together.
     *
     * A whole number of at least 1. Unit: tokens.
     */
    readonly maxPositions: number;
    /**
     * Base of the decoder's rotary positions.
     *
     * A number above 1. Default: `10000`.
     */
    readonly ropeTheta?: number;
    /**
     * Standard deviation of the first weights at the base's width; a narrower model starts wider.
     *
     * A number above 0. Default: `0.02`.
     */
    readonly initialStd?: number;
  };
  /**
   * In-plane tokens merged into one before the projection, per side.
   *
   * A whole number of at least 1. Unit: tokens. Default: `1`.
   */
  readonly mergeSize?: number;
  /**
   * 2D phases on slices, before the lift.
   *
   * Any number phases.
   */
  readonly pretrain: readonly Phase[];
}

/** Options of `weights` and `folder`. */
export interface PublishedOptions<Phase> {
  /**
   * Rows and columns that slices are brought to; positions are interpolated where it is not the base's.
   *
   * A whole number of at least 1. Unit: pixels. Default: the base's own.
   */
  readonly imageSize?: number;
  /**
   * Longest sequence: image, prompt and answer together. It pins the set of rotary positions.
   *
   * A whole number of at least 1. Unit: tokens. Default: the longest the base admits.
   */
  readonly maxPositions?: number;
  /**
   * How image tokens of a volume are laid out, by the names of the base's family.
   *
   * Text. Default: the first of the base's family.
   */
  readonly layout?: string;
  /**
   * 2D phases on slices, before the lift.
   *
   * Any number phases. Default: those of its options.
   */
  readonly pretrain?: readonly Phase[];
  /**
   * Parts whose published weights are left out, and drawn by the run's seed in their place: the control.
   *
   * Any number of: `vision`, `projector`, `language`. Default: those of its options.
   */
  readonly redraw?: readonly ("vision" | "projector" | "language")[];
}

/** Options of `fromRun`. */
export interface FromRunOptions {
  /**
   * The checkpoint of the run, by its name.
   *
   * Text. Default: its newest.
   */
  readonly checkpoint?: string;
}

/** Options of `liftTo3d`. */
export interface LiftTo3dOptions {
  /**
   * Attention over the whole volume.
   *
   * `upperBlocks`.
   */
  readonly attention3d: {
    /**
     * Upper vision blocks, of those the features read, that attend over all slices.
     *
     * A whole number of at least 0. Unit: blocks.
     */
    readonly upperBlocks: number;
  };
  /**
   * Rotary positions along depth in those blocks.
   *
   * True or false. Default: `true`.
   */
  readonly depthRope?: boolean;
  /**
   * Base of the rotary positions along depth.
   *
   * A number above 1. Default: `100`.
   */
  readonly ropeBase?: number;
  /**
   * Slices averaged into one before the projection; divides the slices of a volume.
   *
   * A whole number of at least 1. Unit: slices. Default: `1`.
   */
  readonly poolDepth?: number;
  /**
   * Means alone, or means and maxima side by side as separate tokens.
   *
   * `mean`, `mean-max`. Default: `mean`.
   */
  readonly poolKind?: "mean" | "mean-max";
  /**
   * Row separators, and one token before the prompt.
   *
   * True or false. Default: `false`.
   */
  readonly separators?: boolean;
  /**
   * Adapters on linear layers of the decoder, and of the vision tower where asked; none when false.
   *
   * `false`; or `rank`, `alpha`, `targets`, `initial`, `dropout`, `visionTargets`. Default: those of its options.
   */
  readonly lora?: false | {
    /**
     * Their rank.
     *
     * A whole number of at least 1. Default: `16`.
     */
    readonly rank?: number;
    /**
     * Their scale, over the rank.
     *
     * A number above 0. Default: `32`.
     */
    readonly alpha?: number;
    /**
     * Linear layers of each block that get adapters.
     *
     * At least 1 of: text. Default: every linear layer of the decoder's blocks.
     */
    readonly targets?: readonly (string)[];
    /**
     * First values of A; B starts at zero, so that adapters change nothing at step 0.
     *
     * `kaiming-uniform`. Default: `kaiming-uniform`.
     */
    readonly initial?: "kaiming-uniform";
    /**
     * Share of what an adapter reads that is dropped while it trains.
     *
     * A number of at least 0, below 1. Default: `0`.
     */
    readonly dropout?: number;
    /**
     * Linear layers of each vision block that get adapters, those of experts among them; trained as visionLora.
     *
     * Any number of: text. Default: those of its options.
     */
    readonly visionTargets?: readonly (string)[];
  };
  /**
   * Words of captions and reports that the objective `words` reads from image tokens: runs of letters in lower case.
   *
   * `least`, `most`. Default: those of its options.
   */
  readonly words?: {
    /**
     * Share of the training captions that a word stands in at least.
     *
     * A number of at least 0, at most 1. Default: `0.01`.
     */
    readonly least?: number;
    /**
     * Share of the training captions that a word stands in at most.
     *
     * A number of at least 0, at most 1. Default: `0.9`.
     */
    readonly most?: number;
  };
  /**
   * One window repeated to three channels, or three windows, one a channel.
   *
   * 1 or 3 of: `low`, `high`. Unit: HU. Default: `[{low: -1000, high: 1000}]`.
   */
  readonly channelWindowsHu?: readonly ({
    /**
     * Values below count as this.
     *
     * A number. Unit: HU.
     */
    readonly low: number;
    /**
     * Values above count as this.
     *
     * A number. Unit: HU.
     */
    readonly high: number;
  })[];
}

/** Options of `tghMoe`. */
export interface TghMoeOptions<Task> {
  /**
   * Experts that share the image tokens of a block, in each group; 0 = dense: every block keeps its MLP.
   *
   * A whole number of at least 0. Unit: experts.
   */
  readonly tokenExperts: number;
  /**
   * Vision blocks whose MLP becomes experts, 0-based and rising.
   *
   * At least 1 of: a whole number of at least 0. Default: the last block that is read.
   */
  readonly blocks?: readonly (number)[];
  /**
   * What the gates read beside an image token: nothing, the task, or the question; what they read apart is computed apart.
   *
   * `off`, `task`, `question`. Default: `question`.
   */
  readonly textGuidance?: "off" | "task" | "question";
  /**
   * Width of that text's embedding beside every image token in the gate.
   *
   * A whole number of at least 1. Default: `256`.
   */
  readonly textWidth?: number;
  /**
   * Standard deviation of the gates' first weights.
   *
   * A number above 0. Default: `0.02`.
   */
  readonly routerStd?: number;
  /**
   * Tasks the model has: the groups of the task level; a prompt is never routed to another.
   *
   * At least 1 of: `report`, `closed-vqa`, `open-vqa`.
   */
  readonly tasks: readonly Task[];
  /**
   * How an item finds its task: by the classifier, by its label while training, by it in evaluation too, or by chance.
   *
   * `classifier`, `label`, `oracle`, `random`. Default: `classifier`.
   */
  readonly route?: "classifier" | "label" | "oracle" | "random";
  /**
   * Seed of the random route; an item keeps its draw.
   *
   * A whole number of at least 0. Default: `0`.
   */
  readonly routeSeed?: number;
  /**
   * Experts chosen per image token.
   *
   * A whole number of at least 1, at most tokenExperts. Unit: experts.
   */
  readonly topK: number;
  /**
   * Steps over which a token's experts become fewer: all of them at first, mixed by the gate, topK in the end.
   *
   * A whole number of at least 1. Unit: steps. Default: topK from the first step on.
   */
  readonly softSteps?: number;
  /**
   * How experts are balanced: selection steered by a bias, an auxiliary loss, or not at all.
   *
   * `bias`, `loss`, `none`. Default: `bias`.
   */
  readonly balance?: "bias" | "loss" | "none";
  /**
   * Bias change per step.
   *
   * A number above 0. Unit: router probability. Default: `0.001`.
   */
  readonly biasRate?: number;
  /**
   * Weight of the balance loss: above 0 with balance "loss", else 0.
   *
   * A number of at least 0. Default: `0`.
   */
  readonly balanceLossWeight?: number;
  /**
   * Weight of the router z-loss.
   *
   * A number of at least 0. Default: `0`.
   */
  readonly zLossWeight?: number;
  /**
   * Steps until a plan decided on step n's load governs: n + planLag.
   *
   * A whole number of at least 1. Unit: steps. Default: `1`.
   */
  readonly planLag?: number;
  /**
   * Below this confidence a prompt falls back, and says so.
   *
   * A number of at least 0, at most 1. Unit: probability. Default: `0.5`.
   */
  readonly confidenceThreshold?: number;
  /**
   * When an expert is called dead or hot: told and recorded, with the load and its entropy.
   *
   * `every`, `deadBelow`, `hotAbove`. Default: those of its options.
   */
  readonly alarm?: {
    /**
     * Steps whose load is looked at together.
     *
     * A whole number of at least 1. Unit: steps. Default: `50`.
     */
    readonly every?: number;
    /**
     * An expert with less than this share of an even load is dead; 0: none is called so.
     *
     * A number of at least 0, at most 1. Unit: even loads. Default: `0.05`.
     */
    readonly deadBelow?: number;
    /**
     * An expert with more than so many even loads is hot; 0: none is called so.
     *
     * A number of at least 0. Unit: even loads. Default: `2.5`.
     */
    readonly hotAbove?: number;
  };
}

/** Options of `stage` and `pretrain2d`. */
export interface TrainingStageOptions<Component extends string, Objective extends string> {
  /**
   * The components or parts that move; all others are frozen.
   *
   * At least 1 of: `lowerVision`, `upperVision`, `tokenExperts`, `tokenRouter`, `taskExperts`, `projector`, `language`, `lora`, `visionLora`, `patchHead`, `factHeads`, `wordHead`, a part by its dotted name, as vision.blocks.16.
   */
  readonly trains: readonly Component[];
  /**
   * Optimizer steps.
   *
   * A whole number of at least 1. Unit: steps.
   */
  readonly steps: number;
  /**
   * The highest learning rate: one for all it trains, or one for each name.
   *
   * A number above 0; or a number above 0, by name.
   */
  readonly learningRate: number | { readonly [component in Component]?: number };
  /**
   * Volumes (or slices) of the global batch.
   *
   * A whole number of at least 1. Unit: volumes a step. Default: `16`.
   */
  readonly volumesPerStep?: number;
  /**
   * Volumes of a rank that pass at once; 0: all of them. Less memory, and the gradient is that of the whole step.
   *
   * A whole number of at least 0, at most volumesPerStep. Unit: volumes. Default: `0`.
   */
  readonly microBatch?: number;
  /**
   * How training volumes are changed, each time anew and by the seed alone; evaluation sees them as they are.
   *
   * `flip`, `rotateDegrees`, `gain`, `shiftHu`. Default: those of its options.
   */
  readonly augment?: {
    /**
     * Share of the volumes that are mirrored, with left and right exchanged in every text about them; those whose texts are not sure to come out true never are.
     *
     * A number of at least 0, at most 1. Default: `0`.
     */
    readonly flip?: number;
    /**
     * Largest turn of the slices, either way; what comes in at the border repeats it.
     *
     * A number of at least 0, at most 45. Unit: degrees. Default: `0`.
     */
    readonly rotateDegrees?: number;
    /**
     * Largest change of contrast, either way: 0.1 multiplies HU by 0.9 to 1.1.
     *
     * A number of at least 0, below 1. Default: `0`.
     */
    readonly gain?: number;
    /**
     * Largest shift of all values, either way.
     *
     * A number of at least 0, at most 500. Unit: HU. Default: `0`.
     */
    readonly shiftHu?: number;
  };
  /**
   * Items drawn per volume and step.
   *
   * A whole number of at least 1. Unit: items. Default: all of them.
   */
  readonly itemsPerVolume?: number;
  /**
   * Weight of each objective: "language", "patches", "words", "facts", or "facts:NAME" for one fact alone.
   *
   * A number above 0, by name. Default: `{language: 1}`.
   */
  readonly objectives?: { readonly [objective in Objective]?: number };
  /**
   * Weight of a report's target tokens; those of answers weigh 1.
   *
   * A number above 0. Default: `0.3`.
   */
  readonly reportTokenWeight?: number;
  /**
   * Share of the steps over which the rate rises from 0.
   *
   * A number of at least 0, below 1. Default: `0.05`.
   */
  readonly warmupFraction?: number;
  /**
   * Decoupled weight decay of what `optimizer.decays` names.
   *
   * A number of at least 0. Unit: per step, times the learning rate. Default: `0`.
   */
  readonly weightDecay?: number;
  /**
   * Longest gradient, in the L2 norm over all that trains; a longer one is scaled down.
   *
   * A number above 0. Default: `1`.
   */
  readonly clipNorm?: number;
  /**
   * How gradients become steps.
   *
   * `kind`, `betas`, `epsilon`, `schedule`, `decays`. Default: those of its options.
   */
  readonly optimizer?: {
    /**
     * The rule: AdamW, with decoupled weight decay.
     *
     * `adamw`. Default: `adamw`.
     */
    readonly kind?: "adamw";
    /**
     * Decay rates of the two moments of the gradient.
     *
     * 2 of: a number of at least 0, below 1. Default: `[0.9, 0.98]`.
     */
    readonly betas?: readonly (number)[];
    /**
     * Added to the root of the second moment.
     *
     * A number above 0. Default: `1e-8`.
     */
    readonly epsilon?: number;
    /**
     * The rate after the warm-up: a cosine or a line that would reach zero one step after the last, the full rate, or that with a line to zero in the last tenth.
     *
     * `cosine`, `linear`, `constant`, `stable-decay`. Default: `cosine`.
     */
    readonly schedule?: "cosine" | "linear" | "constant" | "stable-decay";
    /**
     * What weight decay shrinks: tensors of at least two axes longer than 1, so no bias, norm or separator.
     *
     * `matrices`. Default: `matrices`.
     */
    readonly decays?: "matrices";
  };
  /**
   * A trained text longer than the model's positions: named before the first step and refused, or, of a report, cut at its end, named and recorded. No image token and no question is ever cut.
   *
   * `refuse`, `cut-report`. Default: `refuse`.
   */
  readonly tooLong?: "refuse" | "cut-report";
  /**
   * Steps between two looks at how the tasks' gradients agree, block by block, recorded as cosines; 0: never. A look costs about a step, and changes none.
   *
   * A whole number of at least 0. Unit: steps. Default: `0`.
   */
  readonly taskCosineEvery?: number;
  /**
   * Items of a volume whose image tokens are equal pass behind them once in the language model, none of which sees another: the same gradient but for rounding, in less time and memory where the image has more tokens than a text. Which are equal follows from routing and `router.textGuidance`. Adapters drop the same of the image for all of them.
   *
   * True or false. Default: `false`.
   */
  readonly sharePrefix?: boolean;
  /**
   * Steps between two checkpoints.
   *
   * A whole number of at least 1. Unit: steps. Default: `100`.
   */
  readonly checkpointEvery?: number;
}

/** How held-out items are answered and scored. */
export interface EvaluationOptions {
  /**
   * The held-out split that is answered and scored.
   *
   * `validation`, `test`. Default: `test`.
   */
  readonly split?: "validation" | "test";
  /**
   * Longest answer or report; the rest is cut.
   *
   * A whole number of at least 1. Unit: tokens. Default: `80`.
   */
  readonly maxNewTokens?: number;
  /**
   * How text is made: the likeliest token each time.
   *
   * `greedy`. Default: `greedy`.
   */
  readonly generate?: "greedy";
  /**
   * How options are compared: log-probabilities of their tokens and the end token, summed.
   *
   * `loglik-sum`. Default: `loglik-sum`.
   */
  readonly answer?: "loglik-sum";
  /**
   * What shares a call and a pass of the worker: it can change the last bits of an answer.
   *
   * `volumes`, `sequences`, `cacheBytes`. Default: those of its options.
   */
  readonly batching?: {
    /**
     * Volumes asked about in one call.
     *
     * A whole number of at least 1. Unit: volumes. Default: `16`.
     */
    readonly volumes?: number;
    /**
     * Most sequences of a pass.
     *
     * A whole number of at least 1. Unit: sequences. Default: `256`.
     */
    readonly sequences?: number;
    /**
     * Most that the cached keys and values of a pass take.
     *
     * A whole number of at least 1, at most 9007199254740991. Unit: bytes. Default: `1073741824`.
     */
    readonly cacheBytes?: number;
  };
  /**
   * The words that ask for a report when the user gives none.
   *
   * Text. Default: `Write a radiology report of this CT scan.`.
   */
  readonly reportRequest?: string;
  /**
   * Questions with options asked once more of held-out volumes that are all air, or whose slices stand in a random order.
   *
   * Any number of: `blank`, `shuffled-slices`. Default: those of its options.
   */
  readonly controls?: readonly ("blank" | "shuffled-slices")[];
  /**
   * Items that `tomoe eval` may fail to answer; they are scored as empty answers, and one more ends it with 65.
   *
   * A whole number of at least 0. Unit: items. Default: `0`.
   */
  readonly maxFailed?: number;
  /**
   * Of no effect since intervals have a closed form.
   *
   * `resamples`, `seed`. Default: those of its options.
   */
  readonly bootstrap?: {
    /**
     * Read from recipes that name it, and of no effect: intervals have a closed form and draw nothing.
     *
     * A whole number of at least 100. Unit: resamples. Default: `2000`.
     */
    readonly resamples?: number;
    /**
     * Of no effect, as the resamples.
     *
     * A whole number of at least 0. Default: `0`.
     */
    readonly seed?: number;
  };
}

/** How a run is carried out. */
export interface ExecutionOptions {
  /**
   * `strict`: float32, repeatable bit for bit; `fast`: products in bfloat16, gates, logits and losses in float32; `auto`: `fast` where the device multiplies bfloat16, else `strict`: the device is asked before the run begins, and what it becomes is what is recorded.
   *
   * `strict`, `fast`; or `auto`. Default: `strict`.
   */
  readonly precision?: "strict" | "fast" | "auto";
  /**
   * `blocks`: of each block of the tower and layer of the decoder the input alone is kept for the backward pass, and the rest computed again, to the same bits: less memory, a third more time.
   *
   * `none`, `blocks`. Default: `none`.
   */
  readonly recompute?: "none" | "blocks";
  /**
   * `blocks`: blocks of the tower and layers of the decoder are compiled when they first run, a minute or more each kind; needs `fast` and a compiler.
   *
   * `none`, `blocks`. Default: `none`.
   */
  readonly compile?: "none" | "blocks";
  /**
   * Intra-op threads of the worker; part of what must match for bit-equal numbers.
   *
   * A whole number of at least 1. Unit: threads. Default: `1`.
   */
  readonly threads?: number;
  /**
   * Worker processes that share each global batch.
   *
   * A whole number of at least 1. Unit: workers. Default: `1`.
   */
  readonly ranks?: number;
  /**
   * Times a dead worker is replaced before the run gives up.
   *
   * A whole number of at least 0. Unit: restarts. Default: `3`.
   */
  readonly maxRestarts?: number;
  /**
   * Time a step may take before the worker counts as hung.
   *
   * A number above 0. Unit: seconds. Default: `120`.
   */
  readonly stepDeadlineSeconds?: number;
  /**
   * Time a write waits for a full disk to be freed before the run stops, to be resumed.
   *
   * A number of at least 0. Unit: seconds. Default: `300`.
   */
  readonly diskWaitSeconds?: number;
}

/** What of the validation split is measured while a run trains. */
export interface ValidationOptions {
  /**
   * Steps of a stage from one validation to the next; one stands behind its last step, too.
   *
   * A whole number of at least 1. Unit: steps.
   */
  readonly every: number;
  /**
   * Scored tasks that are asked, besides the loss of all items: of their metrics those that need two texts alone. A task that is answered in words costs its words.
   *
   * Any number of: `report`, `closed-vqa`, `open-vqa`. Default: scored tasks whose questions have options.
   */
  readonly tasks?: readonly ("report" | "closed-vqa" | "open-vqa")[];
  /**
   * Volumes of the validation split that are looked at, the first of them; 0: all of them.
   *
   * A whole number of at least 0. Unit: volumes. Default: `0`.
   */
  readonly volumes?: number;
  /**
   * The number that the best checkpoint is of: "loss", or one of an asked task as "closed-vqa/accuracy.micro".
   *
   * Text. Default: `loss`.
   */
  readonly monitor?: string;
  /**
   * Validations of a stage without a better number after which it ends early; 0: it never does.
   *
   * A whole number of at least 0. Unit: validations. Default: `0`.
   */
  readonly patience?: number;
}

/** What an experiment has beside its parts. */
export interface ExperimentOptions {
  /**
   * The experiment's name, part of the run id.
   *
   * A name is lower case with dashes: it becomes part of the run id.
   */
  readonly name: string;
  /**
   * Seed of weights, order and sampling; phase i of the run, from 0, draws from seed * 1000 + i.
   *
   * A whole number of at least 0. Default: `0`.
   */
  readonly seed?: number;
}
