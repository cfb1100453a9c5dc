;; The pay-per-view contract as Batchdeck knows it: a creator's contents and their prices, and who may change them.
;; It is written for the tests alone, from the same rules as the simulated node's model (engine/devnet/contract.py).

(define-constant owner tx-sender)

(define-constant unauthorised (err u401))
(define-constant unknown (err u404))
(define-constant known-already (err u409))
(define-constant stopped (err u507))

(define-data-var paused bool false)
(define-map contents uint { creator: principal, price: uint })

;; Everything about a content, if there is one.
(define-read-only (get-content-info (content-id uint))
  (map-get? contents content-id))

;; What a content costs; a pause doesn't hide it.
(define-read-only (get-content-price (content-id uint))
  (ok (get price (unwrap! (map-get? contents content-id) unknown))))

;; Whoever registers a content is its creator.
(define-public (add-content (content-id uint) (price uint))
  (begin
    (try! (running))
    (ok (asserts! (map-insert contents content-id { creator: tx-sender, price: price }) known-already))))

;; The creator alone sets the price.
(define-public (update-content-price (content-id uint) (new-price uint))
  (let ((content (try! (entry content-id))))
    (asserts! (is-eq tx-sender (get creator content)) unauthorised)
    (ok (map-set contents content-id (merge content { price: new-price })))))

;; The creator or the contract's owner takes a content out, for good.
(define-public (remove-content (content-id uint))
  (let ((creator (get creator (try! (entry content-id)))))
    (asserts! (or (is-eq tx-sender creator) (is-eq tx-sender owner)) unauthorised)
    (ok (map-delete contents content-id))))

;; The owner stops every change, or lets them go on.
(define-public (set-paused (stop bool))
  (begin
    (asserts! (is-eq tx-sender owner) unauthorised)
    (ok (var-set paused stop))))

(define-private (running)
  (if (var-get paused) stopped (ok true)))

(define-private (entry (content-id uint))
  (begin
    (try! (running))
    (ok (unwrap! (map-get? contents content-id) unknown))))
