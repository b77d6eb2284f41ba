//! What one rule said of one review.

